import * as tf from '../tf.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from './backend.js';
import { WASM_BACKEND } from './register.js';
import { openTestBackend } from './testing.js';

let backend: WasmBackend;
beforeAll(async () => {
  backend = openTestBackend({ threads: 2 });
  await tf.setBackend(WASM_BACKEND);
});
afterAll(() => backend.pool.close());

describe('WasmBackend', () => {
  it('keeps numbers, and reads them back as a copy outside the shared memory', () => {
    const values = tf.tensor([1, 2, 3]).dataSync();
    expect([...values]).toEqual([1, 2, 3]);
    expect(values.buffer).toBeInstanceOf(ArrayBuffer);
    expect([...tf.tensor([1.7, -1.7], [2], 'int32').dataSync()]).toEqual([1, -1]);
    expect([...tf.tensor([true, false]).dataSync()]).toEqual([1, 0]);
    expect(tf.tensor(['é', 'b']).dataSync()).toEqual(['é', 'b']);
    expect([...tf.complex([1, 2], [3, 4]).dataSync()]).toEqual([1, 3, 2, 4]);
    expect(tf.zeros([0, 3]).dataSync().length).toBe(0);
  });

  it('runs a kernel that it lacks on the CPU backend, and counts it', () => {
    const before = backend.fallbacks.get('Cumsum') ?? 0;
    expect([...tf.cumsum(tf.tensor1d([1, 2, 3])).dataSync()]).toEqual([1, 3, 6]);
    expect(backend.fallbacks.get('Cumsum')).toBe(before + 1);
  });

  it('leaves nothing behind over many steps', () => {
    const weights = tf.variable(tf.ones([8, 8]));
    const x = tf.ones([4, 8]);
    const step = () =>
      tf.tidy(() => {
        const { grads } = tf.variableGrads(
          () => tf.sum(tf.relu(tf.matMul(x, weights as tf.Tensor2D))) as tf.Scalar,
        );
        weights.assign(tf.sub(weights, tf.mul(Object.values(grads)[0], 0.1)));
      });
    step();
    const { numTensors } = tf.memory();
    const { usedBytes } = backend.sharedMemory;
    for (let i = 0; i < 20; i++) step();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(backend.sharedMemory.usedBytes).toBe(usedBytes);
  });
});

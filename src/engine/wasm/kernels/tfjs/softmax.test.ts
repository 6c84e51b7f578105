import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const SHAPES = [[1], [5], [3, 4], [7, 9], [2, 3, 5, 49], [1, 1], [50, 40, 33], [4, 1000]];

describe('softmax of rows', () => {
  for (const shape of SHAPES) {
    it(`of [${shape.join(', ')}]`, () => {
      expectSameAsCpu(backend, 'Softmax', { logits: uniform(shape, 0, -9, 9) }, { dim: shape.length - 1 });
      expectSameAsCpu(backend, 'SoftmaxGrad', { dy: uniform(shape), y: uniform(shape, 1, 0, 1) });
    });
  }

  it('of values far apart, of a row that is masked out, and of NaN', () => {
    const rows = [
      [1e4, 0, -1e4, 1e4, 0],
      [-Infinity, 1, 2, -Infinity, 3],
      [0, NaN, 1, 2, 3],
      [Infinity, 0, 1, 2, 3],
      [-200, -100, 0, -90, -88],
    ];
    const logits = { shape: [5, 5], values: Float32Array.from(rows.flat()) };
    const [cpu] = runKernel('cpu', 'Softmax', { logits }, { dim: 1 });
    const [wasm] = runKernel(WASM_BACKEND, 'Softmax', { logits }, { dim: 1 });
    const isSame = (a: number, b: number): boolean => Object.is(a, b) || Math.abs(a - b) < 1e-7;
    expect([...wasm.values].map((value, i) => isSame(value, cpu.values[i]))).not.toContain(false);
    expect([...wasm.values].slice(10, 15)).toEqual([NaN, NaN, NaN, NaN, NaN]);
  });
});

describe('softmax cross-entropy', () => {
  for (const [batch, classes] of [
    [9, 6],
    [1, 1],
    [33, 10],
    [5, 1000],
  ]) {
    it(`of [${batch}, ${classes}]`, () => {
      const shape = [batch, classes];
      const labels = uniform(shape, 1, 0, 1);
      expectSameAsCpu(backend, 'SoftmaxCrossEntropy', { logits: uniform(shape, 0, -4, 4), labels });
      const logits = uniform(shape, 2, -10000, 10000);
      expectSameAsCpu(backend, 'SoftmaxCrossEntropy', { logits, labels });
    });
  }

  it('a NaN or an infinity among the logits reaches loss and gradient of its row alone', () => {
    for (const bad of [NaN, Infinity]) {
      const logits = { shape: [2, 3], values: Float32Array.of(1, bad, 2, 1, 2, 3) };
      const labels = { shape: [2, 3], values: Float32Array.of(1, 0, 0, 0, 1, 0) };
      const [loss, gradient] = runKernel(WASM_BACKEND, 'SoftmaxCrossEntropy', { logits, labels });
      expect([...loss.values].map(Number.isFinite)).toEqual([false, true]);
      expect([...gradient.values].map(Number.isFinite).slice(3)).toEqual([true, true, true]);
      expect([...gradient.values].slice(0, 3).some(Number.isNaN)).toBe(true);
    }
  });
});

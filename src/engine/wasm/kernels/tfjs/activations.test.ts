import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const CLOSE = { tolerance: 3e-7 };

describe('functions of one value', () => {
  for (const shape of [[1], [7], [3, 5, 2], [40, 33, 37]]) {
    it(`agree with tf.js on [${shape.join(', ')}]`, () => {
      const x = uniform(shape, 0, -9, 9);
      for (const name of ['Elu', 'Tanh', 'Sign', 'Relu6', 'Reciprocal'])
        expectSameAsCpu(backend, name, { x }, {}, CLOSE);
      for (const name of ['Log', 'Rsqrt'])
        expectSameAsCpu(backend, name, { x: uniform(shape, 0, 1e-3, 9) }, {}, CLOSE);
      for (const alpha of [0, -1, 0.2]) {
        expectSameAsCpu(backend, 'Step', { x }, { alpha }, CLOSE);
        expectSameAsCpu(backend, 'LeakyRelu', { x }, { alpha }, CLOSE);
      }
      expectSameAsCpu(backend, 'ClipByValue', { x }, { clipValueMin: -2, clipValueMax: 3.5 }, CLOSE);
      expectSameAsCpu(backend, 'EluGrad', { dy: uniform(shape, 1), y: uniform(shape, 2) }, {}, CLOSE);
    });
  }

  it('the logarithm and tanh are right over their whole range', () => {
    const values = Float32Array.from({ length: 400 }, (_, i) => 2 ** (i / 2 - 140) * 1.1);
    const [log] = runKernel(WASM_BACKEND, 'Log', { x: { shape: [400], values } });
    log.values.forEach((value, i) => {
      const exact = Math.log(values[i]);
      expect(Math.abs(value - exact)).toBeLessThan(2e-7 * Math.max(1, Math.abs(exact)));
    });
    const [tanh] = runKernel(WASM_BACKEND, 'Tanh', { x: { shape: [400], values } });
    tanh.values.forEach((value, i) => {
      expect(Math.abs(value / Math.tanh(values[i]) - 1)).toBeLessThan(3e-7);
    });
  });

  it('keep NaN and the infinities', () => {
    const values = Float32Array.of(NaN, Infinity, -Infinity, -200, 200, 0);
    for (const name of ['Elu', 'Tanh', 'Log', 'Rsqrt', 'Sign', 'Step', 'Relu6']) {
      const x = { shape: [6], values };
      const [cpu] = runKernel('cpu', name, { x }, { alpha: -1 });
      const [wasm] = runKernel(WASM_BACKEND, name, { x }, { alpha: -1 });
      wasm.values.forEach((value, i) => {
        const isSame = Object.is(value, cpu.values[i]) || Math.abs(value - cpu.values[i]) < 1e-6;
        expect(isSame, `${name} of ${values[i]}: ${value}, in tf.js ${cpu.values[i]}`).toBe(true);
      });
    }
  });
});

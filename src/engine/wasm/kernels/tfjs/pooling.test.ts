import { backend_util } from '../../../tf-core.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { type Numbers, expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

interface Case {
  readonly x: [number, number, number, number];
  readonly filterSize: [number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | number;
}

const CASES: Case[] = [
  { x: [2, 8, 8, 16], filterSize: [3, 3], strides: [2, 2], pad: 1 },
  { x: [2, 9, 7, 5], filterSize: [3, 3], strides: [2, 2], pad: 'same' },
  { x: [3, 9, 7, 33], filterSize: [2, 2], strides: [2, 2], pad: 'same' },
  { x: [1, 6, 6, 20], filterSize: [2, 2], strides: [2, 2], pad: 'valid' },
  { x: [1, 5, 6, 3], filterSize: [3, 2], strides: [1, 3], pad: 'same' },
  { x: [20, 4, 4, 1], filterSize: [3, 3], strides: [1, 1], pad: 'same' },
  { x: [1, 7, 7, 130], filterSize: [5, 5], strides: [3, 3], pad: 'valid' },
  { x: [1, 3, 3, 4], filterSize: [3, 3], strides: [1, 1], pad: 'valid' },
  { x: [2, 5, 5, 6], filterSize: [1, 1], strides: [2, 2], pad: 'valid' },
  { x: [2, 5, 5, 6], filterSize: [1, 1], strides: [1, 1], pad: 'same' },
  { x: [1, 33, 31, 12], filterSize: [3, 3], strides: [1, 1], pad: 'same' },
];

describe('pooling and its gradients agree with tf.js', () => {
  for (const { x, ...attrs } of CASES) {
    it(`${x.join('×')} by ${attrs.filterSize.join('×')} / ${attrs.strides.join('×')}, ${attrs.pad}`, () => {
      const full = { ...attrs, dimRoundingMode: undefined };
      const { outShape } = backend_util.computePool2DInfo(x, attrs.filterSize, attrs.strides, 1, attrs.pad);
      // After a relu: half of the values are zero, so that windows have many largest ones.
      const input = uniform(x);
      const halves: Numbers = { shape: x, values: input.values.map((value) => Math.max(0, value)) };
      const dy = uniform(outShape, 1);
      for (const each of [input, halves]) {
        expectSameAsCpu(backend, 'MaxPool', { x: each }, full, { tolerance: 0 });
        const [output] = runKernel('cpu', 'MaxPool', { x: each }, full);
        expectSameAsCpu(backend, 'MaxPoolGrad', { dy, input: each, output }, full);
      }
      expectSameAsCpu(backend, 'AvgPool', { x: input }, full);
      expectSameAsCpu(backend, 'AvgPoolGrad', { dy, input }, full);
    });
  }

  it('NaN is never the largest, as in tf.js', () => {
    const x = { shape: [1, 2, 2, 1], values: Float32Array.of(NaN, 3, -1, NaN) };
    const attrs = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' };
    for (const name of ['cpu', WASM_BACKEND]) {
      expect(runKernel(name, 'MaxPool', { x }, attrs)[0].values[0]).toBe(3);
      expect(runKernel(name, 'AvgPool', { x }, attrs)[0].values[0]).toBeNaN();
    }
  });
});

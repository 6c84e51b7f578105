import { afterAll, beforeAll, describe, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { expectSameAsCpu, openTestBackend, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

interface Case {
  readonly x: [number, number, number, number];
  /** Height, width, output channels. */
  readonly filter: [number, number, number];
  readonly stride?: number;
  readonly dilation?: number;
  readonly pad?: 'same' | 'valid' | number;
}

const CASES: Case[] = [
  { x: [2, 9, 7, 16], filter: [1, 1, 24] },
  { x: [3, 5, 5, 7], filter: [1, 1, 5] },
  { x: [1, 1, 1, 1], filter: [1, 1, 1] },
  { x: [2, 9, 7, 5], filter: [1, 1, 9], stride: 2 },
  { x: [2, 10, 10, 300], filter: [1, 1, 10] },
  { x: [40, 8, 8, 6], filter: [1, 1, 13] },
  { x: [2, 11, 9, 3], filter: [3, 3, 8], stride: 2 },
  { x: [2, 11, 9, 3], filter: [3, 3, 8], stride: 2, pad: 'valid' },
  { x: [1, 8, 8, 40], filter: [3, 3, 17] },
  { x: [2, 7, 8, 33], filter: [3, 3, 20] },
  { x: [1, 2, 1, 4], filter: [3, 3, 4] },
  { x: [1, 12, 12, 4], filter: [3, 3, 4], dilation: 2 },
  { x: [1, 9, 9, 4], filter: [5, 3, 6], stride: 2, pad: 'valid' },
  { x: [1, 9, 9, 4], filter: [4, 4, 6], stride: 4 },
  { x: [1, 10, 11, 4], filter: [2, 2, 6], stride: 3, pad: 'valid' },
  { x: [1, 13, 13, 3], filter: [7, 7, 4], stride: 2, pad: 3 },
];

const nameOf = ({ x, filter, stride = 1, dilation = 1, pad = 'same' }: Case) =>
  `${x.join('×')} by ${filter.join('×')}, stride ${stride}, dilation ${dilation}, ${pad}`;

describe('convolution agrees with tf.js', () => {
  for (const each of CASES) {
    const { x, filter, stride = 1, dilation = 1, pad = 'same' } = each;
    const [v, u, n] = filter;
    const filterShape = [v, u, x[3], n];
    const attrs = {
      strides: [stride, stride],
      pad,
      dataFormat: 'NHWC',
      dilations: [dilation, dilation],
      dimRoundingMode: pad === 3 ? 'floor' : undefined,
    };
    const reach = (size: number, k: number) => {
      const extent = (k - 1) * dilation + 1;
      if (pad === 'same') return Math.ceil(size / stride);
      return Math.floor((size - extent + 2 * (pad === 'valid' ? 0 : pad)) / stride) + 1;
    };
    const outShape = [x[0], reach(x[1], v), reach(x[2], u), n];
    const terms = v * u * x[3];
    it(`Conv2D ${nameOf(each)}`, () => {
      const inputs = { x: uniform(x), filter: uniform(filterShape, 1) };
      expectSameAsCpu(backend, 'Conv2D', inputs, attrs, { tolerance: 1e-6 + 2e-8 * terms });
      for (const activation of ['linear', 'relu']) {
        const fused = { ...inputs, bias: uniform([n], 2) };
        expectSameAsCpu(
          backend,
          'FusedConv2D',
          fused,
          { ...attrs, activation },
          { tolerance: 1e-6 + 2e-8 * terms },
        );
      }
    });
    if (dilation > 1) continue; // tf.js has no gradients for them
    it(`Conv2DBackpropInput ${nameOf(each)}`, () => {
      const inputs = { dy: uniform(outShape), filter: uniform(filterShape, 1) };
      expectSameAsCpu(
        backend,
        'Conv2DBackpropInput',
        inputs,
        { ...attrs, inputShape: x },
        { tolerance: 4e-6 },
      );
    });
    it(`Conv2DBackpropFilter ${nameOf(each)}`, () => {
      const inputs = { x: uniform(x), dy: uniform(outShape, 1) };
      expectSameAsCpu(
        backend,
        'Conv2DBackpropFilter',
        inputs,
        { ...attrs, filterShape },
        { tolerance: 4e-6 },
      );
    });
  }
});

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
  readonly size: [number, number];
  readonly stride?: number;
  readonly pad?: 'same' | 'valid';
}

const CASES: Case[] = [];
for (const k of [1, 3, 5, 7]) {
  for (const stride of [1, 2]) {
    CASES.push({ x: [2, 14, 15, 8], size: [k, k], stride });
    CASES.push({ x: [1, 7, 7, 20], size: [k, k], stride });
    CASES.push({ x: [2, 9, 12, 5], size: [k, k], stride, pad: 'valid' });
    CASES.push({ x: [1, 2, 1, 1], size: [k, k], stride });
    CASES.push({ x: [1, 1, 3, 7], size: [k, k], stride });
    CASES.push({ x: [1, 8, 6, 132], size: [k, k], stride });
  }
}
CASES.push({ x: [2, 9, 8, 6], size: [3, 5], stride: 1 });
CASES.push({ x: [2, 9, 8, 4], size: [3, 3], stride: 3 });
CASES.push({ x: [1, 9, 8, 4], size: [2, 2], stride: 2, pad: 'valid' });
CASES.push({ x: [1, 12, 12, 4], size: [9, 9] });

describe('depthwise convolution agrees with tf.js', () => {
  for (const { x, size, stride = 1, pad = 'same' } of CASES) {
    const out = (length: number, k: number) =>
      pad === 'same' ? Math.ceil(length / stride) : Math.floor((length - k) / stride) + 1;
    const outShape = [x[0], out(x[1], size[0]), out(x[2], size[1]), x[3]];
    const filterShape = [...size, x[3], 1];
    const attrs = { strides: [stride, stride], pad, dilations: [1, 1], dimRoundingMode: undefined };
    if (outShape.some((length) => length < 1)) continue;
    it(`${x.join('×')} by ${size.join('×')}, stride ${stride}, ${pad}`, () => {
      const filter = uniform(filterShape, 1);
      const dy = uniform(outShape, 2);
      expectSameAsCpu(backend, 'DepthwiseConv2dNative', { x: uniform(x), filter }, attrs);
      const inputAttrs = { ...attrs, inputShape: x };
      expectSameAsCpu(backend, 'DepthwiseConv2dNativeBackpropInput', { dy, filter }, inputAttrs);
      const filterAttrs = { ...attrs, filterShape };
      expectSameAsCpu(backend, 'DepthwiseConv2dNativeBackpropFilter', { x: uniform(x), dy }, filterAttrs);
    });
  }

  it('has the gradients of a dilated convolution, which tf.js lacks: they are its adjoints', () => {
    const [x, filter, dy] = [uniform([2, 9, 8, 6]), uniform([3, 3, 6, 1], 1), uniform([2, 9, 8, 6], 2)];
    const attrs = { strides: [1, 1], pad: 'same', dilations: [2, 2] };
    expectSameAsCpu(backend, 'DepthwiseConv2dNative', { x, filter }, attrs);
    const dot = (a: Numbers, b: Numbers) =>
      Array.from(a.values).reduce((sum, value, i) => sum + value * b.values[i], 0);
    const run = (name: string, inputs: Record<string, Numbers>, more: object) =>
      runKernel(WASM_BACKEND, name, inputs, { ...attrs, ...more })[0];
    const product = dot(run('DepthwiseConv2dNative', { x, filter }, {}), dy);
    const dx = run('DepthwiseConv2dNativeBackpropInput', { dy, filter }, { inputShape: x.shape });
    const dw = run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape: filter.shape });
    expect(dot(dx, x)).toBeCloseTo(product, 3);
    expect(dot(dw, filter)).toBeCloseTo(product, 3);
  });

  it('leaves a channel multiplier to tf.js', () => {
    const inputs = { x: uniform([1, 5, 5, 2]), filter: uniform([3, 3, 2, 2], 1) };
    const attrs = { strides: [1, 1], pad: 'same', dilations: [1, 1] };
    expectSameAsCpu(backend, 'DepthwiseConv2dNative', inputs, attrs, { mayFallBack: true });
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { type Numbers, expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const EXACT = { tolerance: 0 };
const integers = (shape: number[]): Numbers => ({
  ...{ shape, dtype: 'int32' },
  values: Int32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i * 7919 - 5),
});

describe('slices', () => {
  const cases: [number[], number[], number[]][] = [
    [[7], [2], [4]],
    [
      [4, 5],
      [0, 1],
      [4, 3],
    ],
    [
      [4, 5],
      [1, 0],
      [2, -1],
    ],
    [
      [3, 6, 5, 7],
      [0, 0, 0, 2],
      [3, 6, 5, 4],
    ],
    [
      [3, 6, 5, 7],
      [1, 2, 0, 0],
      [2, 3, 5, 7],
    ],
    [
      [3, 6, 5, 7],
      [1, 1, 2, 3],
      [1, 4, 2, 3],
    ],
    [
      [2, 3, 4, 3, 5],
      [0, 1, 1, 0, 1],
      [2, 2, 2, 3, 2],
    ],
    [
      [2, 3],
      [1, 1],
      [0, 2],
    ],
    [[70000], [3], [69000]],
    [
      [300, 300],
      [1, 0],
      [298, 300],
    ],
  ];
  for (const [shape, begin, size] of cases) {
    it(`[${size.join(', ')}] of [${shape.join(', ')}] from [${begin.join(', ')}] on`, () => {
      expectSameAsCpu(backend, 'Slice', { x: uniform(shape) }, { begin, size }, EXACT);
      expectSameAsCpu(backend, 'Slice', { x: integers(shape) }, { begin, size }, EXACT);
    });
  }

  it('with strides, backwards too, and with an axis taken out', () => {
    const masks = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };
    const x = uniform([5, 9, 4]);
    for (const attrs of [
      { begin: [0, 0, 0], end: [5, 9, 4], strides: [1, 2, 1], ...masks },
      { begin: [4, 8, 3], end: [1, 0, 0], strides: [-1, -3, -1], ...masks },
      { begin: [1, 1, 1], end: [2, 9, 4], strides: [1, 3, 2], ...masks, shrinkAxisMask: 1 },
      { begin: [0, 0, 0], end: [5, 9, 4], strides: [1, 1, 1], ...masks },
    ]) {
      expectSameAsCpu(backend, 'StridedSlice', { x }, attrs, EXACT);
    }
  });
});

describe('joins and splits', () => {
  for (const [axis, shapes] of [
    [3, [[2, 5, 3, 6], [2, 5, 3, 1], [2, 5, 3, 13]]], // prettier-ignore
    [-1, [[9, 4], [9, 8]]], // prettier-ignore
    [0, [[1, 4], [3, 4]]], // prettier-ignore
    [1, [[2, 3, 3, 5], [2, 1, 3, 5], [2, 0, 3, 5]]], // prettier-ignore
    [0, [[40000], [30001]]],
    [0, [[5]]],
  ] as [number, number[][]][]) {
    it(`concatenates ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')} along ${axis}`, () => {
      const inputs = Object.fromEntries(shapes.map((shape, i) => [i, uniform(shape, i)]));
      expectSameAsCpu(backend, 'Concat', inputs, { axis }, EXACT);
    });
  }

  it('splits by numbers and by sizes', () => {
    const x = uniform([2, 4, 3, 12]);
    for (const numOrSizeSplits of [3, [5, 1, 6], [4, -1]])
      expectSameAsCpu(backend, 'SplitV', { x }, { numOrSizeSplits, axis: 3 }, EXACT);
    expectSameAsCpu(backend, 'SplitV', { x }, { numOrSizeSplits: [1, 3], axis: 1 }, EXACT);
    expectSameAsCpu(backend, 'SplitV', { x }, { numOrSizeSplits: 2, axis: 0 }, EXACT);
  });

  it('stacks and unstacks', () => {
    const inputs = { 0: uniform([3, 5]), 1: uniform([3, 5], 1), 2: uniform([3, 5], 2) };
    for (const axis of [0, 1, 2]) expectSameAsCpu(backend, 'Pack', inputs, { axis }, EXACT);
    for (const axis of [0, 1, -1]) expectSameAsCpu(backend, 'Unpack', { value: inputs[0] }, { axis }, EXACT);
    for (const dim of [0, 1, 2, -1, -3])
      expectSameAsCpu(backend, 'ExpandDims', { input: inputs[0] }, { dim }, EXACT);
  });
});

describe('repetitions', () => {
  it.each([
    [[3], [4]],
    [[2, 3, 4], [1, 5, 1]], // prettier-ignore
    [[2, 3, 4], [2, 1, 3]], // prettier-ignore
    [[2, 1, 1, 5], [1, 7, 6, 1]], // prettier-ignore
    [[5, 1], [1, 9]], // prettier-ignore
    [[1, 2, 1, 3, 1], [2, 1, 3, 2, 2]], // prettier-ignore
  ])('tiles [%s] by [%s]', (shape, reps) => {
    expectSameAsCpu(backend, 'Tile', { x: uniform(shape) }, { reps }, EXACT);
  });

  it('turns axes round', () => {
    for (const dims of [[0], [1], [2], [0, 2], [0, 1, 2]])
      expectSameAsCpu(backend, 'Reverse', { x: uniform([3, 4, 5]) }, { dims }, EXACT);
  });
});

it('copies no tensor of truth values, but tf.js does', () => {
  const x: Numbers = { shape: [3, 2], values: Uint8Array.of(1, 0, 0, 1, 1, 1), dtype: 'bool' };
  expectSameAsCpu(backend, 'Slice', { x }, { begin: [1, 0], size: [2, 1] }, { mayFallBack: true });
  expect(runKernel(WASM_BACKEND, 'Slice', { x }, { begin: [1, 0], size: [2, 1] })[0].values[0]).toBe(0);
});

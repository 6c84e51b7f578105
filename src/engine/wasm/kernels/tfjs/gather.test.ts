import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { type Numbers, expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const integers = (values: number[], shape = [values.length]): Numbers => ({
  ...{ shape, dtype: 'int32' },
  values: Int32Array.from(values),
});
const many = (count: number, below: number): number[] =>
  Array.from({ length: count }, (_, i) => (i * 37 + 11) % below);

describe('rows by number', () => {
  it.each([
    [[6, 4], 0, many(9, 6)],
    [[6], 0, many(20, 6)],
    [[3, 7, 5], 1, many(11, 7)],
    [[3, 7, 5], 2, many(2, 5)],
    [[63, 8], 0, many(1024, 63)],
  ] as [number[], number, number[]][])('of [%s] along %s', (shape, axis, indices) => {
    const attrs = { axis, batchDims: 0 };
    const inputs = { x: uniform(shape), indices: integers(indices) };
    expectSameAsCpu(backend, 'GatherV2', inputs, attrs, { tolerance: 0 });
  });

  it('by a table of numbers', () => {
    const inputs = { x: uniform([6, 3]), indices: integers(many(8, 6), [2, 4]) };
    expectSameAsCpu(backend, 'GatherV2', inputs, { axis: 0, batchDims: 0 }, { tolerance: 0 });
  });

  it('refuses a row that is not there', () => {
    const inputs = { x: uniform([6, 3]), indices: integers([0, 6]) };
    for (const name of ['cpu', WASM_BACKEND])
      expect(() => runKernel(name, 'GatherV2', inputs, { axis: 0, batchDims: 0 })).toThrow(
        'GatherV2: the index value 6 is not in [0, 5]',
      );
  });
});

describe('sums over segments', () => {
  it.each([
    [[9, 4], many(9, 6), 6],
    [[20], many(20, 7), 7],
    [[1024, 8], many(1024, 63), 63],
    [[30, 3, 5], many(30, 4), 9],
    [[5, 6], [0, -1, 2, 7, 2], 3],
  ] as [number[], number[], number][])('of [%s]', (shape, ids, numSegments) => {
    const inputs = { x: uniform(shape), segmentIds: integers(ids) };
    expectSameAsCpu(backend, 'UnsortedSegmentSum', inputs, { numSegments });
  });
});

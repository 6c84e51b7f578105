import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { WASM_BACKEND } from '../../register.js';
import { type Numbers, expectSameAsCpu, openTestBackend, runKernel, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

const PAIRS: [number[], number[]][] = [
  [[3, 5], [3, 1]], // prettier-ignore
  [[3, 5], [5]], // prettier-ignore
  [[2, 1, 4], [2, 3, 1]], // prettier-ignore
  [[2, 5, 3, 6], [2, 1, 1, 6]], // prettier-ignore
  [[2, 5, 3, 6], [2, 5, 3, 1]], // prettier-ignore
  [[2, 5, 3, 6], [1, 5, 3, 1]], // prettier-ignore
  [[2, 5, 3, 7], [5, 1, 7]], // prettier-ignore
  [[2, 3, 4, 5, 9], [1, 3, 4, 1, 9]], // prettier-ignore
  [[4, 1, 3, 1], [1, 2, 1, 5]], // prettier-ignore
  [[6], [2, 3, 6]], // prettier-ignore
  [[3, 4, 5, 6, 3], [4, 1, 6, 1]], // prettier-ignore
  [[2, 3, 2, 3, 2, 3], [1, 3, 1, 3, 1, 3]], // prettier-ignore
  [[50, 40, 33], [50, 1, 33]], // prettier-ignore
  [[40000], [40000]], // prettier-ignore
  [[1], [1]],
  [[], [17]],
  [[17000], [1]],
];
const ARITHMETIC = ['Add', 'Sub', 'Multiply', 'RealDiv', 'Maximum', 'Minimum', 'SquaredDifference'];
const COMPARISONS = ['Equal', 'NotEqual', 'Greater', 'GreaterEqual', 'Less', 'LessEqual'];

/** Few values, so that many are equal. */
const coarse = ({ shape, values }: Numbers): Numbers => ({ shape, values: values.map(Math.round) });

describe('functions of two values', () => {
  for (const [one, other] of PAIRS) {
    it(`of [${one.join(', ')}] and [${other.join(', ')}]`, () => {
      for (const [left, right] of [
        [one, other],
        [other, one],
      ]) {
        // prettier-ignore
        for (const name of ARITHMETIC) {
          const inputs = { a: uniform(left, 0, -3, 3), b: uniform(right, 1, 1, 2) };
          expectSameAsCpu(backend, name, inputs, {}, { tolerance: 3e-7 });
        }
        for (const name of COMPARISONS) {
          const inputs = { a: coarse(uniform(left, 0, -2, 2)), b: coarse(uniform(right, 1, -2, 2)) };
          expectSameAsCpu(backend, name, inputs, {}, { tolerance: 0 });
        }
      }
    });
  }

  it('fall back where they turn too often', () => {
    const inputs = { a: uniform([1100, 1, 2, 1, 2, 1]), b: uniform([1, 2, 1, 2, 1, 2]) };
    expectSameAsCpu(backend, 'Add', inputs, {}, { mayFallBack: true });
  });

  it('keep NaN', () => {
    const a = { shape: [4], values: Float32Array.of(NaN, 1, NaN, 2) };
    const b = { shape: [4], values: Float32Array.of(1, NaN, NaN, 3) };
    for (const name of ['Maximum', 'Minimum'])
      expect([...runKernel(WASM_BACKEND, name, { a, b })[0].values].map(Number.isNaN)).toEqual([
        ...[true, true, true, false],
      ]);
  });
});

describe('constants and types', () => {
  for (const shape of [[], [7], [3, 5, 2], [40, 33, 37]]) {
    it(`of [${shape.join(', ')}]`, () => {
      const bits = uniform(shape).values.map((value) => Number(value > 0));
      const whole = uniform(shape, 1, -1e6, 1e6).values.map(Math.round);
      const bool: Numbers = { shape, values: Uint8Array.from(bits), dtype: 'bool' };
      const int: Numbers = { shape, values: Int32Array.from(whole), dtype: 'int32' };
      for (const x of [uniform(shape), int]) {
        expectSameAsCpu(backend, 'ZerosLike', { x }, {}, { tolerance: 0 });
        expectSameAsCpu(backend, 'OnesLike', { x }, {}, { tolerance: 0 });
      }
      for (const x of [bool, int])
        expectSameAsCpu(backend, 'Cast', { x }, { dtype: 'float32' }, { tolerance: 0 });
    });
  }
});

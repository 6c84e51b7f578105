import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../backend.js';
import { WASM_BACKEND } from '../register.js';
import { type Numbers, expectSameAsCpu, openTestBackend, runKernel, uniform } from '../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

interface Case {
  /** Batch, height and width of the map of keys. */
  readonly map: [number, number, number];
  readonly k: number;
  readonly groups: number;
  readonly stride?: number;
  readonly dilation?: number;
}

const CASES: Case[] = [
  { map: [1, 1, 1], k: 1, groups: 1 },
  { map: [2, 3, 4], k: 9, groups: 2 },
  { map: [1, 7, 40], k: 11, groups: 1 },
];
for (const k of [3, 5, 7]) {
  CASES.push({ map: [2, 9, 11], k, groups: 3 });
  CASES.push({ map: [3, 2, 1], k, groups: 1 });
  CASES.push({ map: [1, 1, 5], k, groups: 7 });
  CASES.push({ map: [2, 10, 7], k, groups: 2, stride: 2 });
  CASES.push({ map: [1, 9, 12], k, groups: 2, dilation: 2 });
  CASES.push({ map: [2, 11, 8], k, groups: 5, stride: 3, dilation: 3 });
  CASES.push({ map: [2, 33, 31], k, groups: 4 });
}

const attrsOf = ({ map, k, groups, stride = 1, dilation = 1 }: Case, mask: boolean) => ({
  ...{ kernelSize: k, groups, stride, dilation, mask, height: map[1], width: map[2] },
});
const shapeOf = ({ map: [batch, height, width], k, groups, stride = 1 }: Case): number[] => {
  const out = (length: number) => Math.floor((length - 1) / stride) + 1;
  return [batch, out(height), out(width), groups * k * k];
};

describe('softmax over neighbourhoods agrees with its definition', () => {
  for (const each of CASES) {
    const { map, k, groups, stride = 1, dilation = 1 } = each;
    it(`${map.join('×')}, K ${k}, G ${groups}, stride ${stride}, dilation ${dilation}`, () => {
      const shape = shapeOf(each);
      for (const mask of [true, false]) {
        const attrs = attrsOf(each, mask);
        const logits = uniform(shape, 1, -6, 6);
        expectSameAsCpu(backend, 'NeighbourhoodSoftmax', { logits }, attrs);
        const [y] = runKernel('cpu', 'NeighbourhoodSoftmax', { logits }, attrs);
        expectSameAsCpu(backend, 'NeighbourhoodSoftmaxGrad', { dy: uniform(shape, 2), y }, attrs);
      }
    });
  }
});

describe('extreme logits', () => {
  const attrs = attrsOf({ map: [1, 2, 2], k: 3, groups: 1 }, true);
  const run = (change: (values: Float32Array) => void): Numbers => {
    const logits = { shape: [1, 2, 2, 9], values: new Float32Array(36) };
    change(logits.values);
    return runKernel(WASM_BACKEND, 'NeighbourhoodSoftmax', { logits }, attrs)[0];
  };

  it('of ten thousand and of minus infinity share the weight out all the same', () => {
    const { values } = run((logits) => {
      logits.fill(1e4);
      logits[4] = -Infinity;
    });
    // The first place sees the taps 4, 5, 7 and 8.
    const third = Math.fround(1 / 3);
    expect([...values.subarray(0, 9)].map((w) => Math.round(w * 1e6) / 1e6)).toEqual(
      [0, 0, 0, 0, 0, third, 0, third, third].map((w) => Math.round(w * 1e6) / 1e6),
    );
  });

  it('a NaN outside of the map is not seen, one inside takes its row along and no other', () => {
    expect([...run((logits) => (logits[0] = NaN)).values].some(Number.isNaN)).toBe(false);
    const { values } = run((logits) => (logits[9 + 4] = NaN));
    expect([...values].flatMap((w, i) => (Number.isNaN(w) ? [i] : []))).toEqual([12, 13, 15, 16]);
  });
});

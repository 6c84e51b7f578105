import { afterAll, beforeAll, describe, it } from 'vitest';
import type { WasmBackend } from '../backend.js';
import { expectSameAsCpu, openTestBackend, uniform } from '../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

interface Case {
  readonly x: [number, number, number, number];
  readonly k: number;
  readonly groups: number;
  readonly stride?: number;
  readonly dilation?: number;
}

const CASES: Case[] = [
  { x: [1, 1, 1, 1], k: 1, groups: 1 },
  { x: [1, 4, 5, 3], k: 9, groups: 3 },
  { x: [2, 6, 5, 4], k: 1, groups: 2 },
  { x: [1, 20, 9, 8], k: 7, groups: 2, stride: 2 },
  { x: [2, 9, 8, 6], k: 5, groups: 3, stride: 2 },
  { x: [1, 12, 9, 6], k: 3, groups: 1, dilation: 2 },
  { x: [1, 11, 10, 10], k: 7, groups: 2, stride: 2, dilation: 2 },
  // A window of one place.
  { x: [2, 6, 5, 12], k: 1, groups: 3 },
  { x: [2, 6, 5, 6], k: 1, groups: 6 },
  { x: [2, 6, 5, 6], k: 1, groups: 6, stride: 2 },
  // As many groups as channels.
  { x: [2, 7, 6, 8], k: 3, groups: 8 },
  { x: [1, 5, 9, 7], k: 5, groups: 7 },
  { x: [3, 8, 8, 33], k: 7, groups: 33 },
  { x: [2, 9, 8, 6], k: 3, groups: 6, stride: 2 },
  { x: [1, 9, 11, 5], k: 3, groups: 5, stride: 2, dilation: 2 },
  { x: [40, 3, 3, 2], k: 3, groups: 2 },
];
for (const k of [3, 5, 7]) {
  CASES.push({ x: [2, 9, 11, 24], k, groups: 2 });
  CASES.push({ x: [1, 30, 6, 16], k, groups: 4 });
  CASES.push({ x: [1, 2, 1, 7], k, groups: 1 });
  CASES.push({ x: [1, 5, 7, 15], k, groups: 5 });
  CASES.push({ x: [1, 8, 9, 36], k, groups: 1 });
  CASES.push({ x: [1, 4, 5, 120], k, groups: 2 });
  CASES.push({ x: [1, 5, 4, 30], k, groups: 1 });
}

describe('involution agrees with its definition', () => {
  for (const { x, k, groups, stride = 1, dilation = 1 } of CASES) {
    it(`${x.join('×')}, K ${k}, G ${groups}, stride ${stride}, dilation ${dilation}`, () => {
      const out = (size: number) => Math.floor((size - 1) / stride) + 1;
      const place = [x[0], out(x[1]), out(x[2])];
      const kernel = uniform([...place, groups * k * k], 1);
      const dy = uniform([...place, x[3]], 2);
      const attrs = { kernelSize: k, groups, stride, dilation };
      expectSameAsCpu(backend, 'Involution', { x: uniform(x), kernel }, attrs);
      expectSameAsCpu(backend, 'InvolutionBackpropInput', { dy, kernel }, { ...attrs, inputShape: x });
      expectSameAsCpu(backend, 'InvolutionBackpropKernel', { dy, x: uniform(x) }, attrs);
    });
  }
});

import { afterAll, beforeAll, describe, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { expectSameAsCpu, openTestBackend, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

type Pads = [number[], [number, number][]];
const PADS: Pads[] = [
  [[5], [[2, 3]]],
  [[4, 3], [[0, 0], [1, 2]]], // prettier-ignore
  [[2, 5, 6, 3], [[0, 0], [1, 2], [3, 1], [0, 0]]], // prettier-ignore
  [[2, 5, 6, 3], [[0, 0], [0, 0], [0, 0], [2, 4]]], // prettier-ignore
  [[2, 4, 5, 3], [[1, 0], [2, 1], [1, 1], [1, 1]]], // prettier-ignore
  [[2, 3, 4, 3, 4], [[1, 1], [0, 2], [1, 0], [0, 1], [1, 1]]], // prettier-ignore
  [[1, 40, 40, 33], [[0, 0], [1, 1], [1, 1], [0, 0]]], // prettier-ignore
];

describe('padding', () => {
  for (const [shape, paddings] of PADS) {
    it(`of [${shape.join(', ')}] by ${JSON.stringify(paddings)}`, () => {
      for (const constantValue of [0, -2.5])
        expectSameAsCpu(
          backend,
          'PadV2',
          { x: uniform(shape) },
          { paddings, constantValue },
          { tolerance: 0 },
        );
    });
  }
});

describe('mirrored padding and its gradient', () => {
  for (const [shape, paddings] of PADS.slice(0, 5)) {
    for (const mode of ['reflect', 'symmetric']) {
      it(`of [${shape.join(', ')}] by ${JSON.stringify(paddings)}, ${mode}`, () => {
        // No more than can be mirrored.
        const few = paddings.map(([a, b], i) => [Math.min(a, shape[i] - 1), Math.min(b, shape[i] - 1)]);
        const padded = shape.map((length, i) => length + few[i][0] + few[i][1]);
        expectSameAsCpu(
          backend,
          'MirrorPad',
          { x: uniform(shape) },
          { paddings: few, mode },
          { tolerance: 0 },
        );
        const attrs = { paddings: few, mode, inputShape: shape };
        expectSameAsCpu(backend, 'MirrorPadGrad', { dy: uniform(padded) }, attrs, {
          mayFallBack: shape.length === 4 && few[3][0] > 0,
        });
      });
    }
  }
});

describe('nearest neighbours', () => {
  const sizes: [number[], [number, number]][] = [
    [[2, 4, 5, 3], [8, 10]], // prettier-ignore
    [[1, 3, 3, 16], [9, 6]], // prettier-ignore
    [[2, 7, 5, 6], [4, 3]], // prettier-ignore
    [[1, 1, 1, 5], [7, 7]], // prettier-ignore
    [[1, 6, 5, 4], [7, 9]], // prettier-ignore
    [[2, 16, 16, 32], [32, 32]], // prettier-ignore
  ];
  for (const [shape, size] of sizes) {
    it(`of [${shape.join(', ')}] at ${size.join('×')}`, () => {
      const dy = uniform([shape[0], ...size, shape[3]], 1);
      for (const alignCorners of [false, true]) {
        for (const halfPixelCenters of alignCorners ? [false] : [false, true]) {
          const attrs = { alignCorners, halfPixelCenters, size };
          const images = uniform(shape);
          expectSameAsCpu(backend, 'ResizeNearestNeighbor', { images }, attrs, { tolerance: 0 });
          expectSameAsCpu(backend, 'ResizeNearestGrad', { dy }, { ...attrs, inputShape: shape });
        }
      }
    });
  }
});

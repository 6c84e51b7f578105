import { afterAll, beforeAll, describe, it } from 'vitest';
import type { WasmBackend } from '../../backend.js';
import { expectSameAsCpu, openTestBackend, uniform } from '../../testing.js';

let backend: WasmBackend;
beforeAll(() => {
  backend = openTestBackend({ threads: 3 });
});
afterAll(() => backend.pool.close());

describe('matrix products agree with tf.js', () => {
  const shapes: [number[], number[]][] = [
    [
      [5, 7],
      [7, 3],
    ],
    [
      [70, 300],
      [300, 21],
    ],
    [
      [3, 17, 6],
      [3, 6, 9],
    ],
    [
      [3, 17, 6],
      [1, 6, 9],
    ],
    [
      [1, 4, 6],
      [5, 6, 1],
    ],
    [
      [2, 3, 5, 4],
      [2, 3, 4, 8],
    ],
    // Many small ones.
    [
      [40, 32, 8],
      [40, 8, 32],
    ],
    [
      [7, 5, 3],
      [7, 3, 2],
    ],
    [
      [9, 33, 300],
      [9, 300, 17],
    ],
    [
      [3, 20, 6, 5],
      [3, 20, 5, 9],
    ],
    [
      [60, 4, 6],
      [1, 6, 9],
    ],
    [
      [1, 14, 6],
      [60, 6, 11],
    ],
    // Too large to be done by one thread.
    [
      [5, 20, 400],
      [5, 400, 300],
    ],
  ];
  const turned = (shape: number[]) => [
    ...shape.slice(0, -2),
    shape[shape.length - 1],
    shape[shape.length - 2],
  ];
  for (const [a, b] of shapes) {
    for (const [transposeA, transposeB] of [
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ]) {
      it(`${a.join('×')} · ${b.join('×')} ${transposeA} ${transposeB}`, () => {
        const inputs = { a: uniform(transposeA ? turned(a) : a), b: uniform(transposeB ? turned(b) : b, 1) };
        expectSameAsCpu(backend, 'BatchMatMul', inputs, { transposeA, transposeB }, { tolerance: 3e-6 });
        if (a.length !== 2) return;
        const fused = { ...inputs, bias: uniform([b[b.length - 1]], 2) };
        // tf.js's fused product wants matrices of rank 3.
        const deep = Object.fromEntries(
          Object.entries(fused).map(([key, t]) => [
            key,
            t.shape.length === 2 ? { ...t, shape: [1, ...t.shape] } : t,
          ]),
        );
        expectSameAsCpu(backend, '_FusedMatMul', deep, { transposeA, transposeB, activation: 'relu' });
      });
    }
  }
});

import { expect } from 'vitest';
import { expectClose } from '../engine/testing.js';
import { tensor4d, type Tensor, type Tensor4D } from '../engine/tf.js';

/** Values scale·sin(0.7t + phase) in row-major order: the inputs and weights of the attention operators' goldens. */
export function wave(size: number, phase: number, scale = 1): number[] {
  return Array.from({ length: size }, (_, t) => scale * Math.sin(0.7 * t + phase));
}

/** A matrix [out, in] of such values as the kernel [in, out] of a 1×1 convolution. */
export function waveKernel(out: number, into: number, phase: number, scale = 0.3): number[] {
  return transposed(wave(out * into, phase, scale), out, into);
}

/** The goldens' input: 8 channels of 5×5, made in the order channel, row, column. */
export function waveImage(): Tensor4D {
  return tensor4d(transposed(wave(8 * 25, 0.1), 8, 25), [1, 5, 5, 8]);
}

export interface WaveGolden {
  readonly sum: number;
  readonly squares: number;
  readonly first: number;
  readonly last: number;
}

/** Sum, sum of squares, and first and last value of an output [1,H,W,C] in the order channel, row, column. */
export function expectWaveGolden(y: Tensor, { sum, squares, first, last }: WaveGolden): void {
  const values = [...y.dataSync<'float32'>()];
  expect(y.shape[3]).toBe(8);
  expectClose(
    [
      values.reduce((total, value) => total + value, 0),
      values.reduce((total, value) => total + value ** 2, 0),
      values[0],
      values[values.length - 1],
    ],
    [sum, squares, first, last],
    2e-6,
    'sum, squares, first and last',
  );
}

function transposed(values: readonly number[], rows: number, columns: number): number[] {
  return values.map((_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
}

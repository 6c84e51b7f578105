import { beforeAll, describe, expect, it } from 'vitest';
import { mix32, uniformAt } from '../../util/random.js';
import * as tf from '../tf.js';
import { openReference, uniformTensor, valuesOf } from '../testing.js';
import { callKernel } from './call-kernel.js';
import { SeededDropout } from './seeded-dropout.js';

beforeAll(openReference);

const drop = (x: tf.Tensor, seed: number, { rate = 0.3, stream = 5, perSample = false } = {}): number[] => {
  const scalars = {
    seed: tf.scalar(seed, 'int32'),
    rate: tf.scalar(rate),
    scale: tf.scalar(1 / (1 - Math.fround(rate))),
  };
  return valuesOf(callKernel(SeededDropout, { x, ...scalars }, { stream, perSample }));
};

const ones = (...shape: number[]): tf.Tensor => tf.ones(shape);

describe('dropout', () => {
  it('draws as its declaration says', () => {
    const x = uniformTensor([4, 7, 3], 1, 0.5, 2);
    const values = valuesOf(x);
    for (const seed of [0, 1, -123456789, 2 ** 31 - 1]) {
      for (const stream of [0, 5, 2 ** 31 - 1]) {
        const key = mix32(seed ^ mix32(stream));
        const each = drop(x, seed, { stream });
        const perSample = drop(x, seed, { stream, perSample: true });
        values.forEach((value, i) => {
          const kept = Math.fround(value * Math.fround(1 / (1 - Math.fround(0.3))));
          expect(each[i]).toBe(uniformAt(key, i) >= Math.fround(0.3) ? kept : 0);
          const sample = Math.floor(i / 21);
          expect(perSample[i]).toBe(uniformAt(key, sample) >= Math.fround(0.3) ? kept : 0);
        });
      }
    }
  });

  it('has golden masks, so that checkpoints of another version go on alike', () => {
    const mask = (stream: number, seed: number): string =>
      drop(ones(32), seed, { rate: 0.5, stream })
        .map((value) => (value === 0 ? '.' : '#'))
        .join('');
    // From a Python transcription of the declaration and util/random.ts.
    expect([mask(0, 0), mask(1, 0), mask(0, 1)]).toEqual([
      '.#.##.#.#.###.#..#........###...',
      '.###....###.#..##.##.##.#.#.#..#',
      '...#..#..#..##.#.#..#..##..##.##',
    ]);
  });

  it.each([0.1, 0.5, 0.8])('keeps the expectation at rate %f', (rate) => {
    const n = 40_000;
    const values = drop(ones(n), 3, { rate });
    const kept = values.filter((value) => value !== 0).length / n;
    const deviation = Math.sqrt((rate * (1 - rate)) / n);
    expect(Math.abs(kept - (1 - rate))).toBeLessThan(4 * deviation);
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(mean - 1)).toBeLessThan((4 * deviation) / (1 - rate));
  });

  it('drops nothing at rate 0 and everything at rate 1', () => {
    expect(new Set(drop(ones(1000), 1, { rate: 0 }))).toEqual(new Set([1]));
    expect(new Set(drop(ones(1000), 1, { rate: 1 }))).toEqual(new Set([0]));
  });

  it('draws anew for another seed and another stream', () => {
    const base = drop(ones(1000), 1, { rate: 0.5 });
    for (const other of [drop(ones(1000), 2, { rate: 0.5 }), drop(ones(1000), 1, { rate: 0.5, stream: 6 })]) {
      const same = other.filter((value, i) => value === base[i]).length / 1000;
      expect(Math.abs(same - 0.5)).toBeLessThan(0.07);
    }
  });

  it('drops whole samples when asked to', () => {
    const values = drop(ones(50, 4, 2), 9, { rate: 0.4, perSample: true });
    const samples = Array.from({ length: 50 }, (_, b) => new Set(values.slice(b * 8, b * 8 + 8)));
    expect(samples.every((sample) => sample.size === 1)).toBe(true);
    expect(new Set(samples.map((sample) => [...sample][0])).size).toBe(2);
  });

  it('lets a NaN through where it keeps, and hides it where it drops', () => {
    const kept = drop(ones(100), 4, { rate: 0.5 }).map((value) => value !== 0);
    const values = drop(tf.fill([100], NaN), 4, { rate: 0.5 });
    expect(values.map(Number.isNaN)).toEqual(kept);
  });
});

import { describe, expect, it } from 'vitest';
import { crossEntropy } from './cross-entropy.js';

describe('crossEntropy', () => {
  const of = (row: number[], label: number): number => crossEntropy(Float32Array.from(row), label);

  it('is −log softmax, of large logits too', () => {
    expect(of([0, 0, 0, 0], 2)).toBeCloseTo(Math.log(4), 12);
    expect(of([1, 2, 3], 0)).toBeCloseTo(Math.log(1 + Math.E + Math.E ** 2), 12);
    expect(of([1000, 0], 0)).toBe(0);
    expect(of([1000, 0], 1)).toBe(1000);
    expect(of([-1e4, -1e4], 1)).toBeCloseTo(Math.LN2, 10);
  });

  it('is not a number when a logit is not', () => {
    for (const row of [
      [NaN, 1],
      [1, NaN],
      [NaN, NaN],
      [Infinity, 1],
    ])
      expect(of(row, 0)).toBeNaN();
  });
});

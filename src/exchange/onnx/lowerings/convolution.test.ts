import { describe, expect, it } from 'vitest';
import { factorFor } from './convolution.js';

describe('the factor that a map is resized by', () => {
  it('gives the size that is asked for, whether a reader multiplies in single or in double precision', () => {
    for (let from = 1; from <= 96; from++)
      for (let to = 1; to <= 256; to++) {
        const factor = factorFor(from, to);
        expect(Math.fround(factor)).toBe(factor);
        const sizes = [Math.floor(factor * from), Math.floor(Math.fround(factor * from))];
        if (sizes.some((size) => size !== to))
          expect.fail(`${from} becomes ${sizes.join(' or ')}, not ${to}`);
      }
  });

  it('is what it is rounded to where that is enough, and the next one where it is not', () => {
    expect(factorFor(3, 6)).toBe(2);
    expect(factorFor(4, 3)).toBe(0.75);
    const nearest = Math.fround(31 / 7);
    expect(Math.floor(Math.fround(nearest * 7))).toBe(30);
    expect(factorFor(7, 31) / nearest - 1).toBeCloseTo(2 ** -23, 7);
    expect(factorFor(7, 31)).toBeGreaterThan(nearest);
  });
});

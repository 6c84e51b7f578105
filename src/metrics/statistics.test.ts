import { describe, expect, it } from 'vitest';
import {
  describeValues,
  intervalHalfWidth,
  mean,
  median,
  standardDeviation,
  studentQuantile95,
} from './statistics.js';

describe('studentQuantile95', () => {
  // scipy.stats.t.ppf(0.975, n)
  it.each([
    [1, 12.706204736174694],
    [2, 4.302652729749462],
    [3, 3.1824463052837078],
    [4, 2.7764451051977934],
    [9, 2.262157162798205],
    [10, 2.228138851986274],
    [30, 2.0422724563012378],
    [199, 1.9719565442517533],
    [1000, 1.9623390808264083],
  ])('of %i degrees of freedom is %f', (degrees, expected) => {
    expect(studentQuantile95(degrees) / expected).toBeCloseTo(1, 12);
  });

  it('refuses other degrees of freedom', () => {
    expect(() => studentQuantile95(0)).toThrow(
      'Expected degrees of freedom to be a positive integer but found 0',
    );
  });
});

describe('describeValues', () => {
  it('describes several values', () => {
    const values = [0.91, 0.93, 0.92, 0.9, 0.94];
    const { count, mean, sd, median, interval } = describeValues(values);
    expect({ count, mean, median }).toEqual({ count: 5, mean: 0.92, median: 0.92 });
    expect(sd).toBeCloseTo(0.015811388300841896, 15);
    // scipy.stats.t.interval(0.95, 4, loc=0.92, scale=sem)
    expect(interval?.low).toBeCloseTo(0.9003675684, 9);
    expect(interval?.high).toBeCloseTo(0.9396324316, 9);
  });

  it('says null where a number would be made up', () => {
    expect(describeValues([])).toEqual({ count: 0, mean: null, sd: null, median: null, interval: null });
    expect(describeValues([0.9])).toEqual({ count: 1, mean: 0.9, sd: null, median: 0.9, interval: null });
  });
});

describe('the parts', () => {
  it('are exact for equal values', () => {
    const same = Array.from({ length: 7 }, () => 0.1);
    expect(mean(same)).toBe(0.1);
    expect(standardDeviation(same)).toBe(0);
    expect(intervalHalfWidth(same)).toBe(0);
  });

  it('do not change their input, and sort as numbers', () => {
    const values = [10, 9, 100, 1];
    expect(median(values)).toBe(9.5);
    expect(values).toEqual([10, 9, 100, 1]);
  });

  it('are NaN where undefined, and carry NaN and infinity on', () => {
    expect(mean([])).toBeNaN();
    expect(median([])).toBeNaN();
    expect(standardDeviation([1])).toBeNaN();
    expect(intervalHalfWidth([1])).toBeNaN();
    expect(mean([1, NaN])).toBeNaN();
    expect(mean([1, Infinity])).toBe(Infinity);
  });
});

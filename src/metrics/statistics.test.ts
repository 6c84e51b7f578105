import { describe, expect, it } from 'vitest';
import {
  describeValues,
  intervalHalfWidth,
  mean,
  median,
  pairedDifference,
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

describe('pairedDifference', () => {
  const bySeed = (values: readonly number[], first = 0): Map<number, number> =>
    new Map(values.map((value, index) => [first + index, value]));

  it('is the paired t-test', () => {
    // scipy.stats.ttest_rel(a, b).confidence_interval(0.95)
    const { count, mean, sd, interval, verdict } = pairedDifference(
      bySeed([0.81, 0.83, 0.8, 0.82, 0.85]),
      bySeed([0.79, 0.8, 0.8, 0.79, 0.81]),
    );
    expect(count).toBe(5);
    expect(mean).toBeCloseTo(0.023999999999999955, 15);
    expect(sd).toBeCloseTo(0.015165750888103064, 14);
    expect(interval?.low).toBeCloseTo(0.005169233116515619, 14);
    expect(interval?.high).toBeCloseTo(0.04283076688348429, 14);
    expect(verdict).toBe('better');
  });

  it('says when a difference is within noise, and turns round with its operands', () => {
    const [a, b] = [bySeed([0.6, 0.71, 0.64]), bySeed([0.62, 0.65, 0.66])];
    const forth = pairedDifference(a, b);
    expect(forth.interval?.low).toBeCloseTo(-0.10807073945998562, 14);
    expect(forth.interval?.high).toBeCloseTo(0.1214040727933189, 14);
    expect(forth.verdict).toBe('within noise');
    expect(pairedDifference(bySeed([0.1, 0.11, 0.12]), bySeed([0.5, 0.52, 0.51])).verdict).toBe('worse');
  });

  it('does not call noise what more seeds would tell', () => {
    const zeros = bySeed(Array.from({ length: 12 }, () => 0));
    const large = [-0.35, -0.23, -0.15];
    expect(pairedDifference(bySeed(large), zeros)).toMatchObject({ verdict: 'too few seeds to tell' });
    // scipy.stats.t.ppf(0.975, 9) / sqrt(10) is 0.7154: values of deviation 1 around a mean on either side of it.
    const around = (mean: number): Map<number, number> => bySeed([mean - 1, mean, mean + 1]);
    expect(pairedDifference(around(0.715), zeros).verdict).toBe('within noise');
    expect(pairedDifference(around(0.716), zeros).verdict).toBe('too few seeds to tell');
    // As often as it takes.
    const often = bySeed([...large, ...large, ...large, ...large]);
    expect(pairedDifference(often, zeros).verdict).toBe('worse');
  });

  it('pairs equal seeds only', () => {
    const difference = pairedDifference(bySeed([1, 2, 3, 4], 2), bySeed([10, 20, 30, 41], 0));
    expect(difference).toMatchObject({ pairs: [2, 3], mean: -34, count: 2 });
  });

  it('claims nothing of few pairs, or of a measure too coarse to vary', () => {
    const word = 'too few seeds to tell';
    expect(pairedDifference(bySeed([1]), bySeed([2], 5))).toMatchObject({
      pairs: [],
      mean: null,
      verdict: word,
    });
    expect(pairedDifference(bySeed([0.9, 0.91]), bySeed([0.1, 0.11])).verdict).toBe(word);
    expect(pairedDifference(bySeed([0.9, 0.8, 0.7]), bySeed([0.8, 0.7, 0.6])).verdict).toBe(word);
    expect(pairedDifference(bySeed([1, 2, 3]), bySeed([1, 2, 3])).verdict).toBe('within noise');
  });
});

describe('the verdict', () => {
  const of = (...differences: number[]) => {
    const base = new Map(differences.map((_, seed) => [seed, 10]));
    const values = new Map(differences.map((difference, seed) => [seed, 10 + difference]));
    return (['higher', 'lower'] as const).map((better) => pairedDifference(values, base, better).verdict);
  };
  const few = 'too few seeds to tell';

  it('goes by what is better', () => {
    expect(of(1, 1.25, 1.5)).toEqual(['better', 'worse']);
    expect(of(-1, -1.25, -1.5)).toEqual(['worse', 'better']);
    expect(of(1, -1, 0.5)).toEqual(['within noise', 'within noise']);
  });

  it('takes three pairs, however clear two are', () => {
    expect(of(100, 100.5)).toEqual([few, few]);
    expect(of(100)).toEqual([few, few]);
    expect(of()).toEqual([few, few]);
  });

  it('claims nothing of equal differences, and noise of none at all', () => {
    expect(of(1, 1, 1)).toEqual([few, few]);
    expect(of(1e6, 1e6, 1e6)).toEqual([few, few]);
    // Equal but for a part in ten thousand millions.
    expect(of(1e6, 1e6 + 1e-4, 1e6 - 1e-4)).toEqual([few, few]);
    expect(of(0, 0, 0)).toEqual(['within noise', 'within noise']);
  });

  it('leaves out zero or does not: an interval that begins at zero tells nothing', () => {
    // Differences −1, 0, 1 about a mean m have the interval m ± 4.3027/√3 = m ± 2.4841.
    expect(of(1.48, 2.48, 3.48)).toEqual([few, few]);
    expect(of(1.49, 2.49, 3.49)).toEqual(['better', 'worse']);
    // Ten pairs would not do it below 2.2622/√10 = 0.7154.
    expect(of(-0.29, 0.71, 1.71)).toEqual(['within noise', 'within noise']);
    expect(of(-0.28, 0.72, 1.72)).toEqual([few, few]);
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
    for (const values of [[], [1]]) expect(standardDeviation(values)).toBeNaN();
    expect(standardDeviation([1, 3])).toBeCloseTo(Math.SQRT2, 12);
    expect(intervalHalfWidth([1, 3])).toBeCloseTo(12.706204736174694, 9);
    expect(intervalHalfWidth([1])).toBeNaN();
    expect(mean([1, NaN])).toBeNaN();
    expect(mean([1, Infinity])).toBe(Infinity);
  });
});

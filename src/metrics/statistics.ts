import type { Metric } from './metric.js';

/** What a table says of the same number measured with several seeds. */
export interface Statistics {
  readonly count: number;
  readonly mean: number | null;
  /** Sample standard deviation (n − 1); null below two values. */
  readonly sd: number | null;
  readonly median: number | null;
  /** 95 % confidence interval of the mean by Student's t; null below two values. */
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Mean, standard deviation, median and confidence interval, null where undefined. */
export function describeValues(values: readonly number[]): Statistics {
  const count = values.length;
  if (count === 0) return { count, mean: null, sd: null, median: null, interval: null };
  const center = mean(values);
  if (count === 1) return { count, mean: center, sd: null, median: center, interval: null };
  const half = intervalHalfWidth(values);
  return {
    count,
    mean: center,
    sd: standardDeviation(values),
    median: median(values),
    interval: { low: center - half, high: center + half },
  };
}

/** Whether a change helped, in a plain word. */
export type Verdict = 'better' | 'worse' | 'within noise' | 'too few seeds to tell';

/** How far a measure moved from a base, seed by seed. */
export interface PairedDifference extends Statistics {
  /** The keys (seeds) that both have, in the order of the first. */
  readonly pairs: readonly number[];
  readonly verdict: Verdict;
}

/** Pairs below which no verdict is given: with two, t is 12.7. */
export const FEWEST_PAIRS = 3;

/** Pairs that are many enough: a difference that they would not tell from zero is called noise. */
export const ENOUGH_PAIRS = 10;

/**
 * The differences to a base over the seeds that both have. Pairing takes out what a seed does to both
 * (the order of the images, say), as in a paired t-test: `better` and `worse` are said where the 95 %
 * interval of the mean difference leaves out zero. Where it does not, a few seeds may just be too few:
 * `within noise` is said where ten pairs of this mean and deviation would not leave it out either.
 *
 * Equal differences of all pairs have an interval of no width, which says that the measure is coarse
 * rather than that the difference is certain: then nothing is claimed.
 */
export function pairedDifference(
  values: ReadonlyMap<number, number>,
  base: ReadonlyMap<number, number>,
  better: Metric['better'] = 'higher',
): PairedDifference {
  const pairs = [...values.keys()].filter((key) => base.has(key));
  const statistics = describeValues(pairs.map((key) => values.get(key)! - base.get(key)!));
  return { ...statistics, pairs, verdict: verdictOf(statistics, better) };
}

function verdictOf({ count, mean, sd, interval }: Statistics, better: Metric['better']): Verdict {
  if (count < FEWEST_PAIRS || interval === null) return 'too few seeds to tell';
  // Equal but for rounding.
  if (mean !== 0 && sd! <= 1e-9 * Math.abs(mean!)) return 'too few seeds to tell';
  if (interval.low > 0) return better === 'higher' ? 'better' : 'worse';
  if (interval.high < 0) return better === 'lower' ? 'better' : 'worse';
  const halfWidthOfEnough = (studentQuantile95(ENOUGH_PAIRS - 1) * sd!) / Math.sqrt(ENOUGH_PAIRS);
  return Math.abs(mean!) > halfWidthOfEnough ? 'too few seeds to tell' : 'within noise';
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  const rough = sum(values) / values.length;
  // The second pass takes away what rounding left: the mean of equal values is that value.
  return Number.isFinite(rough) ? rough + sum(values.map((value) => value - rough)) / values.length : rough;
}

/** Sample standard deviation (n − 1); NaN below two values. */
export function standardDeviation(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  const center = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - center) ** 2)) / (values.length - 1));
}

/** The middle value, the mean of the two middle ones of an even count; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return NaN;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Half the width of the 95 % confidence interval of the mean: t · s / √n. NaN below two values. */
export function intervalHalfWidth(values: readonly number[]): number {
  if (values.length < 2) return NaN;
  return (studentQuantile95(values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
}

/** The t that a Student variable of n degrees of freedom stays within, both ways, with probability 0.95. */
export function studentQuantile95(degrees: number): number {
  if (!Number.isInteger(degrees) || degrees < 1) {
    throw new Error(`Expected degrees of freedom to be a positive integer but found ${degrees}`);
  }
  // In θ = atan(t/√n) the probability is smooth and rises from 0 to 1 on [0, π/2]: bisection to the last bit.
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (withinAngle(middle, degrees) < 0.95) low = middle;
    else high = middle;
  }
  return Math.tan((low + high) / 2) * Math.sqrt(degrees);
}

/** P(|t| < √n·tan θ), exact for whole n: Abramowitz and Stegun, 26.7.3 and 26.7.4. */
function withinAngle(theta: number, degrees: number): number {
  const cos = Math.cos(theta);
  const isOdd = degrees % 2 === 1;
  let term = isOdd ? cos : 1;
  let series = degrees === 1 ? 0 : term;
  for (let k = isOdd ? 3 : 2; k < degrees; k += 2) {
    term *= ((k - 1) / k) * cos * cos;
    series += term;
  }
  return isOdd ? (2 / Math.PI) * (theta + Math.sin(theta) * series) : Math.sin(theta) * series;
}

function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

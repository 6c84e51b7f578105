import { describe, expect, it } from 'vitest';
import { drawBeta, drawLogGamma } from './beta.js';
import { RandomStream } from '../../../util/random.js';

const DRAWS = 40_000;
const draws = (draw: (stream: RandomStream) => number): number[] =>
  Array.from({ length: DRAWS }, (_, i) => draw(new RandomStream('beta', i)));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
/** The kth moment about the mean. */
const moment = (values: readonly number[], k: number): number => {
  const middle = mean(values);
  return mean(values.map((value) => (value - middle) ** k));
};

describe('a gamma draw', () => {
  it.each([0.2, 0.8, 1, 2.5, 30])('has the mean, the variance and the skewness of Gamma(%d)', (shape) => {
    const values = draws((stream) => Math.exp(drawLogGamma(stream, shape)));
    const variance = moment(values, 2);
    // All three are known: shape, shape and 2/√shape. Slack: several standard errors.
    expect(Math.abs(mean(values) - shape)).toBeLessThan(5 * Math.sqrt(shape / DRAWS));
    expect(Math.abs(variance / shape - 1)).toBeLessThan(5 * Math.sqrt((2 + 6 / shape) / DRAWS));
    const skewness = moment(values, 3) / variance ** 1.5;
    expect(Math.abs(skewness * Math.sqrt(shape) - 2)).toBeLessThan(0.35);
  });

  it('has the mean of the logarithm that a tiny shape has', () => {
    // ψ(0.001) = −1000.5755…: exp of most draws is 0 in 64 bits.
    const values = draws((stream) => drawLogGamma(stream, 0.001));
    expect(Math.abs(mean(values) + 1000.5756)).toBeLessThan(5 * Math.sqrt(1e6 / DRAWS));
  });
});

describe('a beta draw', () => {
  it.each([
    [0.2, 0.2],
    [1, 1],
    [8, 8],
    [2, 5],
  ])('has the mean, the variance and the kurtosis of Beta(%d, %d)', (a, b) => {
    const values = draws((stream) => drawBeta(stream, a, b));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    const sum = a + b;
    const variance = (a * b) / (sum * sum * (sum + 1));
    expect(Math.abs(mean(values) - a / sum)).toBeLessThan(5 * Math.sqrt(variance / DRAWS));
    expect(moment(values, 2) / variance).toBeCloseTo(1, 1);
    const excess = (6 * ((a - b) ** 2 * (sum + 1) - a * b * (sum + 2))) / (a * b * (sum + 2) * (sum + 3));
    expect(Math.abs(moment(values, 4) / moment(values, 2) ** 2 - 3 - excess)).toBeLessThan(0.15);
  });

  it('is uniform for Beta(1, 1)', () => {
    const values = draws((stream) => drawBeta(stream, 1, 1)).sort((x, y) => x - y);
    const furthest = Math.max(...values.map((value, i) => Math.abs(value - (i + 0.5) / DRAWS)));
    // Kolmogorov and Smirnov: beyond 1.95/√n once in a thousand.
    expect(furthest).toBeLessThan(1.95 / Math.sqrt(DRAWS));
  });

  it('is a number for shapes that are all but 0: one of the ends', () => {
    const values = draws((stream) => drawBeta(stream, 1e-4, 1e-4));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(values.filter((value) => value > 1e-6 && value < 1 - 1e-6).length / DRAWS).toBeLessThan(0.01);
    expect(mean(values)).toBeCloseTo(0.5, 1);
  });

  it('is the same for the same stream', () => {
    expect(drawBeta(new RandomStream(1), 0.3, 0.3)).toBe(drawBeta(new RandomStream(1), 0.3, 0.3));
  });
});

import { expect, it } from 'vitest';
import { RandomStream } from '../util/random.js';
import { reducedAlone, reduceParts } from './all-reduce.js';

const floats = (...values: readonly number[]): Float32Array => Float32Array.from(values);

it('moments are those of all values, whoever has them', () => {
  // Far from zero, where a mean of squares would lose them.
  const stream = new RandomStream('moments', 1);
  const values = Array.from({ length: 60 }, () => 1000 + stream.normal());
  const momentsOf = (of: readonly number[]) => {
    const mean = of.reduce((a, b) => a + b) / of.length;
    const variance = of.reduce((sum, value) => sum + (value - mean) ** 2, 0) / of.length;
    return { places: of.length, values: [floats(mean), floats(variance)] as const };
  };
  const parts = [values.slice(0, 10), values.slice(10, 15), values.slice(15)].map(momentsOf);
  const [mean, variance, unbiased] = reduceParts('moments', parts);
  const all = momentsOf(values);
  expect(mean![0]).toBeCloseTo(all.values[0][0]!, 3);
  expect(variance![0]).toBeCloseTo(all.values[1][0]!, 3);
  expect(unbiased![0]).toBeCloseTo((all.values[1][0]! * 60) / 59, 3);
});

it('a mean weighs each by its places', () => {
  const parts = [
    { places: 3, values: [floats(1, 2), floats(0, 8)] as const },
    { places: 1, values: [floats(5, -2), floats(4, 0)] as const },
  ];
  expect(reduceParts('mean', parts)).toEqual([floats(2, 1), floats(1, 6)]);
});

it('of one alone is what it brings', async () => {
  const part = { places: 4, values: [floats(0.1, -3), floats(0.7, 1e-9)] as const };
  expect(await reducedAlone('mean', part)).toEqual([...part.values]);
  expect(await reducedAlone('moments', part)).toEqual([
    ...part.values,
    floats(...[0.7, 1e-9].map((value) => (Math.fround(value) * 4) / 3)),
  ]);
  const single = { places: 1, values: [floats(2), floats(0)] as const };
  expect(await reducedAlone('moments', single)).toEqual([floats(2), floats(0), floats(0)]);
});

it('refuses parts of other lengths', () => {
  const parts = [floats(1), floats(1, 2)].map((each) => ({ places: 1, values: [each, each] as const }));
  expect(() => reduceParts('mean', parts)).toThrow('other lengths');
});

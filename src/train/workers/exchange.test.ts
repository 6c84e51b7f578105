import fc from 'fast-check';
import { expect, it } from 'vitest';
import { exchangesInMemory } from './exchange.testing.js';
import { meanInto } from './exchange.js';

const floats = (values: readonly number[]): Float32Array => Float32Array.from(values);

function mean(parts: readonly Float32Array[], weights: readonly number[]): Float32Array {
  const [first, ...others] = parts.map((part) => part.slice());
  meanInto([first!, ...others], weights);
  return first!;
}

it('is the weighted mean, rounded once', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.tuple(fc.float({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 1, max: 64 })),
        {
          minLength: 1,
          maxLength: 5,
        },
      ),
      (parts) => {
        const weights = parts.map(([, weight]) => weight);
        const exact =
          parts.reduce((sum, [value, weight]) => sum + value * weight, 0) / weights.reduce((a, b) => a + b);
        expect(
          mean(
            parts.map(([value]) => floats([value])),
            weights,
          )[0],
        ).toBe(Math.fround(exact));
      },
    ),
    { seed: 1 },
  );
});

it('of equal values is these values, bit for bit, whatever the weights', () => {
  const values = floats([0.1, 1 / 3, -7e20, 1e-30, Infinity]);
  expect(mean([values, values, values], [3, 5, 1])).toEqual(values);
});

it('covers more than one piece, and has no part of those who weigh nothing', () => {
  const long = Float32Array.from({ length: 20_001 }, (_, i) => i);
  const found = mean([long, long.map((value) => 3 * value), long.map(() => NaN)], [1, 1, 0]);
  expect(found).toEqual(long.map((value) => 2 * value));
});

it('gives every worker the same, and what each said in the order of the ranks', async () => {
  const exchanges = exchangesInMemory(3);
  const results = await Promise.all(
    [2, 0, 1].map(async (rank) => {
      const values = floats([rank, 1]);
      await exchanges[rank]!.mean(values, rank);
      return { values: [...values], said: await exchanges[rank]!.gather(rank === 1 ? undefined : { rank }) };
    }),
  );
  for (const { values, said } of results) {
    expect(values).toEqual([Math.fround(5 / 3), 1]);
    expect(said).toEqual([{ rank: 0 }, undefined, { rank: 2 }]);
  }
});

import { expect, it } from 'vitest';
import { exchangeCost } from './exchange-cost.js';

it('two workers send all values once: a half to its owner, and the sums of their own half back', () => {
  // 1,000,000 values are 4 MB, 32 megabits.
  const { sentBytes, at } = exchangeCost(1_000_000, 2, null);
  expect(sentBytes).toBe(4_000_000);
  expect(at.map(({ gigabits, sumMs }) => [gigabits, sumMs])).toEqual([
    [1, 32],
    [10, 3.2],
    [100, 0.32],
  ]);
  expect(at.every(({ stepMs, speedup }) => stepMs === null && speedup === null)).toBe(true);
});

it('many workers send nearly twice the values, whatever their number', () => {
  expect(exchangeCost(1_000_000, 4, null).sentBytes).toBe(6_000_000);
  expect(exchangeCost(1_000_000, 64, null).sentBytes).toBe(7_875_000);
  expect(exchangeCost(1_000_000, 1, null).sentBytes).toBe(0);
});

it('a step is its share of the compute, and the sum', () => {
  const [office] = exchangeCost(1_000_000, 4, 192).at;
  expect(office).toEqual({ gigabits: 1, sumMs: 48, stepMs: 96, speedup: 2 });
});

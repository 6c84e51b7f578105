import { expect, it } from 'vitest';
import type { Metric } from '../../metrics/metric.js';
import { roundValues, valueAxis } from './value-axis.js';

const loss: Metric = { name: 'loss', title: 'loss', unit: 'nats', better: 'lower' };

it('cuts off what overflowed, and no loss that was merely large before it was small', () => {
  expect(valueAxis(loss, [0.9, 0.6, 1e9]).ceiling).toBe(60);
  expect(valueAxis(loss, [1.8, 0.4, 1e-3, 1e-6])).toMatchObject({ isLog: true, ceiling: undefined });
  expect(valueAxis(loss, [1.8, 1e12, 1e-6]).ceiling).toBe(30);
  expect(valueAxis(loss, [1.8, 0.4])).toMatchObject({ isLog: false, ceiling: undefined });
});

it('is logarithmic for what is positive and spreads wide, and is never so for shares', () => {
  expect(valueAxis(loss, [31, 1]).isLog).toBe(true);
  expect(valueAxis(loss, [30, 1]).isLog).toBe(false);
  // Of nothing, or less, there is no logarithm.
  for (const least of [0, -1]) expect(valueAxis(loss, [100, 1, least]).isLog).toBe(false);
  const share: Metric = { name: 'top1', title: 'accuracy', unit: 'share', better: 'higher' };
  expect(valueAxis(share, [0.9, 0.001])).toMatchObject({ isLog: false, scale: { zero: false } });
  expect(valueAxis(loss, []).scale).toEqual({ domain: [0, 1] });
  expect(valueAxis(loss, [0.9, 0.6, 1e9]).scale).toEqual({
    ...{ type: 'log', nice: false },
    domain: [0.6 / 1.1, 60],
  });
});

it('has round ticks, fewer of them where it is long', () => {
  const ticks = (low: number, high: number): number[] =>
    roundValues(low, high).map((value) => Number(value.toPrecision(3)));
  expect(ticks(1, 100)).toEqual([1, 2, 5, 10, 20, 50, 100]);
  expect(ticks(0.3, 300)).toEqual([0.3, 1, 3, 10, 30, 100, 300]);
  expect(ticks(0.5, 6e4)).toEqual([1, 10, 100, 1000, 10_000]);
});

import { expect, it } from 'vitest';
import type { Metric } from '../../metrics/metric.js';
import { valueAxis } from './value-axis.js';

const loss: Metric = { name: 'loss', title: 'loss', unit: 'nats', better: 'lower' };

it('cuts off what overflowed, and no loss that was merely large before it was small', () => {
  expect(valueAxis(loss, [0.9, 0.6, 1e9]).ceiling).toBe(60);
  expect(valueAxis(loss, [1.8, 0.4, 1e-3, 1e-6])).toMatchObject({ isLog: true, ceiling: undefined });
  expect(valueAxis(loss, [1.8, 1e12, 1e-6]).ceiling).toBe(30);
  expect(valueAxis(loss, [1.8, 0.4])).toMatchObject({ isLog: false, ceiling: undefined });
});

import { expect, it } from 'vitest';
import { byColumn, byKey, finiteOrNull } from './metric.js';
import { metricText } from './metric-text.js';

it('values stand under keys and columns made of their names, in their order', () => {
  const values = { loss: 0.5, top1: 0.25, meanIou: 1 };
  expect(Object.entries(byKey('val', values))).toEqual([
    ['valLoss', 0.5],
    ['valTop1', 0.25],
    ['valMeanIou', 1],
  ]);
  expect(Object.entries(byColumn('train', values))).toEqual([
    ['train_loss', 0.5],
    ['train_top1', 0.25],
    ['train_meanIou', 1],
  ]);
});

it('what is no number becomes null', () => {
  expect(finiteOrNull({ a: 0, b: NaN, c: Infinity, d: -1 })).toEqual({ a: 0, b: null, c: null, d: -1 });
});

it('a value is shown in its unit', () => {
  expect(metricText({ unit: 'share' }, 0.8125)).toBe('81.3 %');
  expect(metricText({ unit: 'share' }, null)).toBe('–');
  expect(metricText({ unit: 'nats' }, 1.23456)).toBe('1.2346');
  expect(metricText({ unit: 'nats' }, null)).toBe('overflowed');
  expect(metricText({ unit: 'number' }, 123456)).toBe('1.2e+5');
});

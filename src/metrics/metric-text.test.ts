import { expect, it } from 'vitest';
import {
  lossText,
  meanText,
  metricText,
  pointsText,
  signedText,
  unitText,
  valueText,
  valueWithUnit,
} from './metric-text.js';

const share = { unit: 'share' } as const;
const nats = { unit: 'nats' } as const;
const none = [null, undefined, NaN, Infinity, -Infinity];

it('a share is in per cent, everything else in its own unit', () => {
  expect([valueText(share, 0.8144), valueText(nats, 0.30712)]).toEqual(['81.4', '0.3071']);
  expect([unitText(share), unitText(nats), pointsText(share), pointsText(nats)]).toEqual([
    ...[' %', '', ' points', ''],
  ]);
  expect([valueWithUnit(share, 0.8144), valueWithUnit(nats, 0.30712)]).toEqual(['81.4 %', '0.3071']);
});

it('what is no number is a dash, without a unit', () => {
  for (const value of none)
    expect([valueText(share, value), valueWithUnit(share, value)]).toEqual(['–', '–']);
});

it('a mean has its deviation where there is one', () => {
  expect(meanText(share, { mean: 0.8144, sd: 0.006 })).toBe('81.4 ± 0.6');
  expect(meanText(nats, { mean: 0.30712, sd: null })).toBe('0.3071');
  expect(meanText(nats, { mean: null, sd: null })).toBe('–');
});

it('a difference has its sign, of shares in points', () => {
  expect([0.024, -0.003, 0, -0.0001].map((value) => signedText(share, value))).toEqual([
    ...['+2.4', '−0.3', '0.0', '0.0'],
  ]);
  expect(signedText(nats, -0.30712)).toBe('−0.3071');
});

it('a loss overflows where it is no number', () => {
  expect([0.43215, 9999.4, 10_000, 1.26e30].map(lossText)).toEqual([
    '0.4321',
    '9999.4000',
    '1.0e+4',
    '1.3e+30',
  ]);
  expect([null, NaN, Infinity, -Infinity].map(lossText)).toEqual(Array(4).fill('overflowed'));
});

it('while it trains a share is in per cent, and what overflowed says so', () => {
  expect([metricText(share, 0.8125), metricText(share, null)]).toEqual(['81.3 %', '–']);
  expect([metricText(nats, 0.30712), metricText(nats, null)]).toEqual(['0.3071', 'overflowed']);
});

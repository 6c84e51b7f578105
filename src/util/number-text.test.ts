import { describe, expect, it } from 'vitest';
import { gigabytes } from './gigabytes.js';
import {
  clock,
  counted,
  fourDigits,
  grouped,
  megabytes,
  millions,
  percent,
  relative,
  roundMegabytes,
  signed,
  times,
} from './number-text.js';

describe('numbers as people read them', () => {
  it('shares', () => {
    expect([0, 0.5, 0.81249, 1, null].map((share) => percent(share))).toEqual([
      ...['0.0 %', '50.0 %', '81.2 %', '100.0 %', '–'],
    ]);
    expect(percent(0.81249, 2)).toBe('81.25 %');
  });

  it('whole numbers in groups, and what is counted', () => {
    expect([0, 999.5, 4015234].map(grouped)).toEqual(['0', '1,000', '4,015,234']);
    expect([0, 1, 2, 1200].map((count) => counted(count, 'run'))).toEqual([
      ...['0 runs', '1 run', '2 runs', '1,200 runs'],
    ]);
    expect([1, 2].map((count) => counted(count, 'run repeats', 'runs repeat'))).toEqual([
      ...['1 run repeats', '2 runs repeat'],
    ]);
  });

  it('bytes', () => {
    expect([0, 1_549_999, 99_949_999].map(megabytes)).toEqual(['0.0 MB', '1.5 MB', '99.9 MB']);
    expect([99_900_000, 100_000_000, 1_234_567_890].map(roundMegabytes)).toEqual([
      ...['99.9 MB', '100 MB', '1,235 MB'],
    ]);
    expect([0, 1.54e9, 1e12].map(gigabytes)).toEqual(['0.0 GB', '1.5 GB', '1000.0 GB']);
  });

  it('millions', () => {
    expect([null, 0, 99_999, 100_000, 1_490_000, 1_496_000, 99_900_000].map(millions)).toEqual([
      ...['–', '0', '99,999', '0.1 M', '1.49 M', '1.5 M', '99.9 M'],
    ]);
    expect([100_000_000, 384_540_000].map(millions)).toEqual(['100.0 M', '384.5 M']);
  });

  it('four digits', () => {
    expect([0, 0.30712, -0.30712, 99_999, 100_000, -1.24e30].map(fourDigits)).toEqual([
      ...['0', '0.3071', '-0.3071', '100000', '1.0e+5', '-1.2e+30'],
    ]);
  });

  it('differences with their sign, none of what is nothing', () => {
    const text = (size: number): string => size.toFixed(1);
    expect([2.44, -0.3, 0, 0.04, -0.04].map((value) => signed(value, text))).toEqual([
      ...['+2.4', '−0.3', '0.0', '0.0', '0.0'],
    ]);
  });

  it('ratios', () => {
    expect([null, 1, 0.371, 9.994, 10, 12.6].map(times)).toEqual(['–', '1×', '0.37×', '9.99×', '10×', '13×']);
    expect([null, 1, 0.37, 1.5, 1.004].map(relative)).toEqual(['–', '0 %', '−63 %', '+50 %', '0 %']);
  });

  it('seconds as a clock shows them', () => {
    expect([0, 59.4, 59.6, 123, 3599, 3600, 3723, 36_000].map(clock)).toEqual([
      ...['0:00', '0:59', '1:00', '2:03', '59:59', '1:00:00', '1:02:03', '10:00:00'],
    ]);
    expect([NaN, Infinity].map(clock)).toEqual(['–', '–']);
  });
});

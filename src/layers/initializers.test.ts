import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, valuesOf } from '../engine/testing.js';
import { makeKey, normalAt, uniformAt } from '../util/random.js';
import { fill, SeededInitializer, type Distribution } from './initializers.js';

beforeAll(openReference);

const N = 20_000;
const key = makeKey('initializers');
const moment = (values: Float32Array, power: number): number =>
  values.reduce((sum, value) => sum + value ** power, 0) / values.length;

describe('he-normal', () => {
  it.each([1, 9 * 32, 1280])('has mean 0 and standard deviation √(2/fanOut), fanOut %i', (fanOut) => {
    const values = fill({ kind: 'he-normal', fanOut }, key, N);
    const variance = 2 / fanOut;
    // Four standard errors of mean, variance and fourth moment.
    expect(Math.abs(moment(values, 1))).toBeLessThan(4 * Math.sqrt(variance / N));
    expect(Math.abs(moment(values, 2) / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / N));
    expect(Math.abs(moment(values, 4) / variance ** 2 - 3)).toBeLessThan(4 * Math.sqrt(96 / N));
  });

  it('takes its values from the normal stream of its key', () => {
    const values = fill({ kind: 'he-normal', fanOut: 8 }, key, 3);
    expect([...values]).toEqual([0, 1, 2].map((i) => Math.fround(0.5 * normalAt(key, i))));
    expect(fill({ kind: 'normal', deviation: 0.5 }, key, 3)).toEqual(values);
  });
});

describe('uniform distributions', () => {
  it.each<[Distribution, number]>([
    [{ kind: 'glorot-uniform', fanIn: 18, fanOut: 6 }, 0.5],
    [{ kind: 'uniform', limit: 0.25 }, 0.25],
  ])('%j lies in ±%d', (distribution, limit) => {
    const values = fill(distribution, key, N);
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest).toBeLessThanOrEqual(limit);
    expect(largest).toBeGreaterThan(0.999 * limit);
    expect(Math.abs(moment(values, 1))).toBeLessThan(4 * Math.sqrt(limit ** 2 / 3 / N));
    expect(Math.abs(moment(values, 2) / (limit ** 2 / 3) - 1)).toBeLessThan(4 * Math.sqrt(0.8 / N));
    expect(values[0]).toBe(Math.fround(limit * (2 * uniformAt(key, 0) - 1)));
  });
});

it('a truncated normal stays within two deviations, of variance 0.7737 of the whole one', () => {
  const values = fill({ kind: 'truncated-normal', deviation: 0.5 }, key, N);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(largest).toBeLessThanOrEqual(1);
  expect(largest).toBeGreaterThan(0.99);
  const variance = 0.7737 * 0.25;
  expect(Math.abs(moment(values, 1))).toBeLessThan(4 * Math.sqrt(variance / N));
  expect(Math.abs(moment(values, 2) / variance - 1)).toBeLessThan(4 * Math.sqrt(2 / N));
  // What was within from the start is the normal stream's own.
  const own = [...values].flatMap((value, i) => (value === Math.fround(0.5 * normalAt(key, i)) ? [i] : []));
  expect(Math.abs(own.length / N - 0.9545)).toBeLessThan(4 * Math.sqrt((0.9545 * 0.0455) / N));
});

describe('dirac', () => {
  const at = (values: Float32Array, [channels, filters]: readonly number[], tap: number) =>
    Array.from({ length: channels }, (_, c) => [
      ...values.subarray((tap * channels + c) * filters, (tap * channels + c + 1) * filters),
    ]);

  it.each([
    [2, 4],
    [4, 2],
    [3, 3],
  ])('hands each of %i channels on with one of %i filters, as far as they go', (channels, filters) => {
    const values = fill({ kind: 'dirac', taps: 9, channels, filters }, key, 9 * channels * filters);
    const normal = fill({ kind: 'he-normal', fanOut: 9 * filters }, key, values.length);
    for (let tap = 0; tap < 9; tap++) {
      const expected = at(normal, [channels, filters], tap).map((row, c) =>
        row.map((x, f) => (f < channels ? Number(tap === 4 && f === c) : x)),
      );
      expect(at(values, [channels, filters], tap)).toEqual(expected);
    }
  });
});

it('a constant is constant', () => {
  expect([...fill({ kind: 'constant', value: 1.5 }, key, 3)]).toEqual([1.5, 1.5, 1.5]);
});

it('a longer weight begins like a shorter one', () => {
  for (const distribution of [
    { kind: 'he-normal', fanOut: 4 },
    { kind: 'uniform', limit: 1 },
  ] as const)
    expect(fill(distribution, key, 20).slice(0, 7)).toEqual(fill(distribution, key, 7));
});

it('the initializer is keyed by seed, layer and weight', () => {
  const values = (seed: number, layer: string, weight: string): number[] =>
    valuesOf(new SeededInitializer({ kind: 'uniform', limit: 1 }, seed, layer, weight).apply([2, 3]));
  const base = values(0, 'stem/conv', 'kernel');
  const expected = fill({ kind: 'uniform', limit: 1 }, makeKey(0, 'init', 'stem/conv', 'kernel'), 6);
  expect(base).toEqual([...expected]);
  for (const other of [
    values(1, 'stem/conv', 'kernel'),
    values(2 ** 32, 'stem/conv', 'kernel'),
    values(0, 'head/conv', 'kernel'),
    values(0, 'stem/conv', 'bias'),
  ])
    expect(other).not.toEqual(base);
});

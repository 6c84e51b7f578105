import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  RandomStream,
  bitsAt,
  hashString,
  makeKey,
  mix32,
  normalAt,
  permutation,
  uniformAt,
} from './random.js';

const anyInt32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const anySeed = fc.maxSafeNat();
/** Properties are tried at the same points every time. */
const FIXED = { seed: 1, numRuns: 200 };

describe('golden values, from a transcription into Python', () => {
  it('mix32 is lowbias32', () => {
    const inputs = [0, 1, -1, 0x7fffffff, 123456789];
    expect(inputs.map(mix32)).toEqual([0, 1753845952, 1734902346, -1926627400, -1460544632]);
  });

  it('hashes of names', () => {
    const names = ['', 'init', 'stem/conv', 'ä'];
    expect(names.map(hashString)).toEqual([-2128831035, 729919812, -794346302, -713531683]);
  });

  it('keys', () => {
    const parts = [[0], [1], ['a'], [0, 'init', 'stem/conv', 'kernel'], [2 ** 32 + 1, 'x'], [2 ** 53 - 1]];
    expect(parts.map((each) => makeKey(...each))).toEqual([
      ...[-39165924, -173576229, 956570624],
      ...[-666171703, 855225388, 594957286],
    ]);
  });

  it('draws', () => {
    const key = makeKey(0, 'init');
    expect([0, 1, 2, 1_000_000].map((i) => bitsAt(key, i))).toEqual([
      ...[274131724, 1744341935],
      ...[-1286234667, -1677202945],
    ]);
    expect([0, 1, 2, 3].map((i) => uniformAt(key, i))).toEqual([
      ...[0.06382626295089722, 0.4061362147331238],
      ...[0.7005251049995422, 0.1888764500617981],
    ]);
    const normals = [-0.3018387502092922, 0.5818331918005638, 0.20341730404189923, -0.8780148210935051];
    normals.forEach((value, i) => expect(normalAt(key, i)).toBeCloseTo(value, 14));
  });

  it('a permutation', () => {
    expect([...permutation(10, 0, 'order', 3)]).toEqual([7, 9, 6, 3, 5, 8, 2, 1, 4, 0]);
  });
});

describe('mix32', () => {
  it('is a bijection: no two of many inputs meet', () => {
    const outputs = new Set(Array.from({ length: 1 << 17 }, (_, i) => mix32(i * 32749)));
    expect(outputs.size).toBe(1 << 17);
  });

  it('changes half of the bits when one bit of its input changes', () => {
    const changed = new Float64Array(32);
    const inputs = 2000;
    for (let i = 0; i < inputs; i++)
      for (let bit = 0; bit < 32; bit++) changed[bit] += popCount(mix32(i) ^ mix32(i ^ (1 << bit)));
    for (const count of changed) expect(Math.abs(count / inputs / 32 - 0.5)).toBeLessThan(0.03);
  });
});

describe('uniform draws', () => {
  const keys = [0, 1, 2 ** 40 + 3].map((seed) => makeKey(seed, 'uniform'));

  it.each(keys)('of key %i fall evenly on 64 cells, alone and in pairs', (key) => {
    const n = 64 * 400;
    const cells = new Float64Array(64);
    const pairs = new Float64Array(64);
    for (let i = 0; i < n; i++) {
      cells[Math.floor(uniformAt(key, i) * 64)]++;
      pairs[Math.floor(uniformAt(key, i) * 8) * 8 + Math.floor(uniformAt(key, i + 1) * 8)]++;
    }
    // χ² with 63 degrees of freedom exceeds 120 once in 10⁵, and falls below 25 as rarely.
    for (const counts of [cells, pairs]) {
      const chiSquare = counts.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0);
      expect(chiSquare).toBeLessThan(120);
      expect(chiSquare).toBeGreaterThan(25);
    }
  });

  it('lie in [0, 1) and are float32 exactly', () => {
    fc.assert(
      fc.property(anyInt32, fc.nat(), (key, index) => {
        const u = uniformAt(key, index);
        expect(u >= 0 && u < 1 && Math.fround(u) === u).toBe(true);
      }),
      FIXED,
    );
  });
});

it('normal draws have the moments of a standard normal, and its tails', () => {
  const n = 40_000;
  const key = makeKey(7, 'normal');
  const draws = Array.from({ length: n }, (_, i) => normalAt(key, i));
  const moment = (power: number): number => draws.reduce((sum, z) => sum + z ** power, 0) / n;
  expect(Math.abs(moment(1))).toBeLessThan(4 / Math.sqrt(n));
  expect(Math.abs(moment(2) - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  expect(Math.abs(moment(3))).toBeLessThan(4 * Math.sqrt(15 / n));
  expect(Math.abs(moment(4) - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
  const beyond = draws.filter((z) => Math.abs(z) > 1.959964).length / n;
  expect(Math.abs(beyond - 0.05)).toBeLessThan(4 * Math.sqrt(0.05 * 0.95 * (1 / n)));
  expect(draws.every(Number.isFinite)).toBe(true);
});

describe('keys', () => {
  it('differ by seed, also above 2³², by name and by order', () => {
    fc.assert(
      fc.property(anySeed, anySeed, fc.string(), fc.string(), (a, b, s, t) => {
        if (a !== b) expect(makeKey(a, s)).not.toBe(makeKey(b, s));
        if (s !== t) expect(makeKey(a, s)).not.toBe(makeKey(a, t));
        if (a !== b) expect(makeKey(a, b)).not.toBe(makeKey(b, a));
        expect(makeKey(a, s)).not.toBe(makeKey(s, a));
      }),
      FIXED,
    );
    expect(makeKey(1)).not.toBe(makeKey(1 + 2 ** 32));
    expect(makeKey('ab')).not.toBe(makeKey('a', 'b'));
  });

  it('of a key below zero are of its 32 bits alone', () => {
    // Augmentations are keyed by keys, which are 32 bits with a sign.
    for (const key of [-1, -5, -(2 ** 31)]) expect(makeKey(key)).toBe(mix32(Math.imul(0x9e3779b9, 31) ^ key));
    for (const key of [0, 5, 2 ** 31 - 1]) expect(makeKey(key)).toBe(mix32(Math.imul(0x9e3779b9, 31) ^ key));
    expect(makeKey(-(2 ** 32) - 5)).not.toBe(makeKey(-5));
  });

  it('of neighbouring seeds, epochs and indices give independent streams', () => {
    const n = 4000;
    const stream = (...parts: (number | string)[]): number[] => {
      const key = makeKey(...parts);
      return Array.from({ length: n }, (_, i) => uniformAt(key, i) - 0.5);
    };
    const streams = [stream(0, 'a'), stream(1, 'a'), stream(2, 'a'), stream(0, 'b'), stream('a', 0)];
    streams.push(stream(0, 'a', 0), stream(0, 'a', 1), stream(2 ** 32, 'a'));
    // 4.5 deviations of the correlation of independent draws, with and without a shift by one.
    const limit = 4.5 / Math.sqrt(n);
    for (let a = 0; a < streams.length; a++)
      for (let b = 0; b < a; b++)
        for (const shift of [0, 1])
          expect(Math.abs(correlation(streams[a], streams[b], shift))).toBeLessThan(limit);
    for (const each of streams) expect(Math.abs(correlation(each, each, 1))).toBeLessThan(limit);
  });
});

describe('permutation', () => {
  it('holds every number once, and is a function of the key', () => {
    fc.assert(
      fc.property(fc.nat(300), anySeed, (count, seed) => {
        const order = permutation(count, seed, 'order');
        expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
        expect(permutation(count, seed, 'order')).toEqual(order);
      }),
      FIXED,
    );
  });

  it('differs from key to key', () => {
    const orders = new Set(Array.from({ length: 500 }, (_, epoch) => permutation(20, 0, epoch).join()));
    expect(orders.size).toBe(500);
  });

  it('puts every number in every place equally often', () => {
    const trials = 6000;
    const counts = new Float64Array(36);
    for (let t = 0; t < trials; t++)
      permutation(6, 'even', t).forEach((value, place) => counts[place * 6 + value]++);
    const chiSquare = counts.reduce((sum, count) => sum + (count - trials / 6) ** 2 / (trials / 6), 0);
    // 25 degrees of freedom: above 65 once in 10⁵.
    expect(chiSquare).toBeLessThan(65);
  });

  it('makes all orders of three equally likely', () => {
    const counts = new Map<string, number>();
    for (let t = 0; t < 6000; t++) {
      const order = permutation(3, 'three', t).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(130);
  });
});

describe('RandomStream', () => {
  it('walks along the draws of its key', () => {
    const stream = new RandomStream(3, 'walk');
    const key = makeKey(3, 'walk');
    expect([stream.uniform(), stream.uniform()]).toEqual([uniformAt(key, 0), uniformAt(key, 1)]);
    expect(stream.normal()).toBe(normalAt(key, 1));
    expect(stream.integer(10)).toBe(Math.floor(uniformAt(key, 4) * 10));
    expect(stream.between(-2, 6)).toBe(-2 + 8 * uniformAt(key, 5));
  });

  it('stays within its bounds', () => {
    const stream = new RandomStream('bounds');
    const seen = new Set<number>();
    for (let i = 0; i < 2000; i++) {
      seen.add(stream.integer(5));
      const between = stream.between(-1, 3);
      expect(between >= -1 && between < 3).toBe(true);
    }
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4]);
  });
});

function popCount(bits: number): number {
  let count = 0;
  for (let rest = bits >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}

/** Of draws that are uniform around zero: their variance is 1/12. */
function correlation(a: readonly number[], b: readonly number[], shift: number): number {
  let sum = 0;
  for (let i = 0; i + shift < a.length; i++) sum += a[i] * b[i + shift];
  return (12 * sum) / (a.length - shift);
}

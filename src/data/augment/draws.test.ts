import { describe, expect, it } from 'vitest';
import { makeKey, RandomStream } from '../../util/random.js';
import { drawColorJitter } from './color-jitter.js';
import { drawGrayscale } from './grayscale.js';
import { augment } from './options.js';
import { drawErasing, erase } from './random-erasing.js';
import { drawScale, scaling } from './random-scale.js';
import { drawRotation } from './rotation.js';

const keys = Array.from({ length: 4000 }, (_, image) => makeKey(3, 'augment', 1, image));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: readonly number[]): number => {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
};

describe('rotation', () => {
  it('is uniform up to the limit in both directions', () => {
    const angles = keys.map((key) => drawRotation(key, 30));
    expect(Math.max(...angles)).toBeLessThan(30);
    expect(Math.max(...angles)).toBeGreaterThan(29.9);
    expect(Math.min(...angles)).toBeLessThan(-29.9);
    expect(Math.abs(mean(angles))).toBeLessThan(1);
    // Of a uniform distribution: the width over √12.
    expect(deviation(angles)).toBeCloseTo(60 / Math.sqrt(12), 0);
  });
});

describe('random scale', () => {
  const SIZE = 100;
  const scales = keys.map((key) => drawScale(key, SIZE, [0.5, 2]));

  it('is uniform over the range', () => {
    const sides = scales.map(({ side }) => side);
    expect([Math.min(...sides), Math.max(...sides)]).toEqual([50, 200]);
    expect(Math.abs(mean(sides) - 125)).toBeLessThan(2);
    expect(Math.abs(deviation(sides) - 150 / Math.sqrt(12))).toBeLessThan(1);
  });

  it('has all of a smaller image in the frame, and all of the frame in a larger one, anywhere', () => {
    for (const { side, left, top } of scales) {
      const [low, high] = [Math.min(0, SIZE - side), Math.max(0, SIZE - side)];
      for (const at of [left, top]) {
        expect(at).toBeGreaterThanOrEqual(low);
        expect(at).toBeLessThanOrEqual(high);
      }
    }
    const places = scales.map(({ side, left }) => left / (SIZE - side)).filter(Number.isFinite);
    expect(Math.abs(mean(places) - 0.5)).toBeLessThan(0.02);
    expect(scales.some(({ left, top }) => left !== top)).toBe(true);
  });

  it('takes each pixel from where the image was', () => {
    // At double the size from (−3, −10) on, the middle of the frame shows what was at (26.5, 30).
    const [a, b, c, d, e, f] = scaling(SIZE, { side: 200, left: -3, top: -10 });
    expect([a * 50 + b * 50 + c, d * 50 + e * 50 + f]).toEqual([26.5, 30]);
  });
});

describe('grayscale', () => {
  it.each([0.1, 0.5])('is drawn for a share of %d', (share) => {
    expect(keys.filter((key) => drawGrayscale(key, share)).length / keys.length).toBeCloseTo(share, 1);
  });

  it('is drawn for all at 1', () => {
    expect(keys.every((key) => drawGrayscale(key, 1))).toBe(true);
  });
});

describe('colour jitter', () => {
  const ranges = augment.parse({
    colorJitter: { brightness: 0.4, contrast: [0.5, 0.7], saturation: 2, hue: 0.1 },
  }).colorJitter!;
  const drawn = keys.map((key) => drawColorJitter(key, ranges));

  it('draws each factor uniformly over its range', () => {
    const factors = (name: string): number[] =>
      drawn.map((each) => each.find((a) => a.name === name)!.factor);
    for (const [name, low, high] of [
      ['brightness', 0.6, 1.4],
      ['contrast', 0.5, 0.7],
      ['saturation', 0, 3],
      ['hue', -0.1, 0.1],
    ] as const) {
      const values = factors(name);
      const width = high - low;
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...values)).toBeLessThanOrEqual(high);
      expect(Math.min(...values)).toBeLessThan(low + width / 100);
      expect(Math.max(...values)).toBeGreaterThan(high - width / 100);
      expect(Math.abs(mean(values) - (low + high) / 2)).toBeLessThan(width / 50);
    }
  });

  it('draws every order about as often', () => {
    const orders = new Map<string, number>();
    for (const each of drawn) {
      const order = each.map(({ name }) => name).join();
      orders.set(order, (orders.get(order) ?? 0) + 1);
    }
    expect(orders.size).toBe(24);
    // 4000 / 24 = 167 each, give or take four standard deviations.
    for (const count of orders.values()) expect(Math.abs(count - 4000 / 24)).toBeLessThan(52);
  });

  it('leaves out what has no effect, and draws the others as if it were there', () => {
    const { colorJitter } = augment.parse({ colorJitter: { brightness: 0.4, contrast: [1, 1], hue: 0.1 } });
    const few = keys.map((key) => drawColorJitter(key, colorJitter!));
    expect(few.every((each) => each.length === 2)).toBe(true);
    const kept = drawn.map((each) => each.filter(({ name }) => name === 'brightness' || name === 'hue'));
    expect(few).toEqual(kept);
  });
});

describe('random erasing', () => {
  const config = augment.parse({ randomErasing: {} }).randomErasing!;

  it('draws boxes within the image, of the asked share, area and ratio', () => {
    const boxes = keys.flatMap((key) => drawErasing(key, 64, config) ?? []);
    expect(boxes.length / keys.length).toBeCloseTo(0.5, 1);
    for (const { left, top, width, height } of boxes) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(top).toBeGreaterThanOrEqual(0);
      expect(left + width).toBeLessThanOrEqual(64);
      expect(top + height).toBeLessThanOrEqual(64);
      expect((width * height) / 4096).toBeGreaterThan(0.017);
      expect((width * height) / 4096).toBeLessThan(0.35);
      expect(height / width).toBeGreaterThan(0.25);
      expect(height / width).toBeLessThan(3.9);
    }
    expect(Math.max(...boxes.map(({ left, width }) => left + width))).toBe(64);
    expect(Math.min(...boxes.map(({ left, top }) => left + top))).toBe(0);
    const areas = boxes.map(({ width, height }) => (width * height) / 4096);
    // Wide and tall boxes of much area do not fit, so the mean is a little below the middle of the range.
    expect(mean(areas)).toBeGreaterThan(0.16);
    expect(mean(areas)).toBeLessThan(0.18);
  });

  it('leaves the image where no box fits', () => {
    const whole = { ...config, probability: 1, scale: [1, 1] as [number, number] };
    expect(keys.slice(0, 50).map((key) => drawErasing(key, 8, whole))).toEqual(new Array(50).fill(null));
  });

  it('puts the value into the box of one image alone', () => {
    const values = new Float32Array(3 * 48).fill(1);
    erase(values, 48, 4, { left: 1, top: 2, width: 2, height: 1 }, -2.5, 0);
    const erased = [...values].flatMap((value, i) => (value === -2.5 ? [i] : []));
    expect(erased).toEqual(Array.from({ length: 6 }, (_, i) => 48 + (2 * 4 + 1) * 3 + i));
    expect(values.filter((value) => value === 1).length).toBe(3 * 48 - 6);
  });

  it('puts standard normal numbers of the key there', () => {
    const box = { left: 0, top: 0, width: 40, height: 40 };
    const noise = (key: number): Float32Array => {
      const values = new Float32Array(4800);
      erase(values, 0, 40, box, 'random', key);
      return values;
    };
    const values = [...noise(1)];
    expect(Math.abs(mean(values))).toBeLessThan(0.06);
    expect(Math.abs(deviation(values) - 1)).toBeLessThan(0.05);
    expect(noise(1)).toEqual(noise(1));
    expect(noise(2)).not.toEqual(noise(1));
    // Not those by which the box itself was drawn.
    expect(values[0]).not.toBe(Math.fround(new RandomStream(1, 'erasing').normal()));
  });
});

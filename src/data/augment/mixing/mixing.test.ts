import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stepKey } from '../../../util/random.js';
import { augment } from '../options.js';
import { drawMixing, type Mixing } from './draw-mixing.js';
import { mixImages, mixRows } from './mix.js';
import type { MixingConfig } from './options.js';

const of = (config: object): MixingConfig => augment.parse(config);
const drawn = (config: object, size = 32, count = 6000): (Mixing | null)[] =>
  Array.from({ length: count }, (_, step) => drawMixing(stepKey(2, step), of(config), size));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
const numbered = (length: number): Float32Array => Float32Array.from({ length }, (_, i) => i);

describe('how a batch is mixed', () => {
  it('is drawn with the probability of each way, which exclude each other', () => {
    const kinds = drawn({ mixup: { probability: 0.3 }, cutmix: { probability: 0.5 } }).map(
      (each) => each?.kind,
    );
    const share = (kind: string | undefined): number => kinds.filter((each) => each === kind).length / 6000;
    expect(share('mixup')).toBeCloseTo(0.3, 1);
    expect(share('cutmix')).toBeCloseTo(0.5, 1);
    expect(share(undefined)).toBeCloseTo(0.2, 1);
  });

  it('is never drawn where nothing is asked for, and always where the probabilities come to 1', () => {
    expect(drawn({}).every((each) => each === null)).toBe(true);
    const both = drawn({ mixup: { probability: 0.4 }, cutmix: { probability: 0.6 } });
    expect(both.every((each) => each !== null)).toBe(true);
    expect(drawn({ mixup: {} }).every((each) => each?.kind === 'mixup')).toBe(true);
    expect(drawn({ cutmix: {} }).every((each) => each?.kind === 'cutmix')).toBe(true);
    expect(drawn({ mixup: { probability: 0 } }).every((each) => each === null)).toBe(true);
  });

  it.each([0.2, 1, 4])('has shares of Beta(%d, the same) in mixup', (alpha) => {
    const shares = drawn({ mixup: { alpha } }).map((each) => each!.share);
    const variance = 1 / (4 * (2 * alpha + 1));
    expect(Math.abs(mean(shares) - 0.5)).toBeLessThan(5 * Math.sqrt(variance / 6000));
    expect(mean(shares.map((share) => (share - 0.5) ** 2)) / variance).toBeCloseTo(1, 1);
  });

  it('has boxes within the image in cutmix, and the share that is left of them', () => {
    const boxes = drawn({ cutmix: {} }, 20).map((each) => each as Extract<Mixing, { kind: 'cutmix' }>);
    const corners = new Set<string>();
    for (const { box, share } of boxes) {
      expect(box.left).toBeGreaterThanOrEqual(0);
      expect(box.left + box.width).toBeLessThanOrEqual(20);
      expect(box.top).toBeGreaterThanOrEqual(0);
      expect(box.top + box.height).toBeLessThanOrEqual(20);
      expect(share).toBe(1 - (box.width * box.height) / 400);
      corners.add(`${box.left === 0},${box.left + box.width === 20}`);
    }
    // Cut at the left, at the right, or not at all: less than the whole is pasted, so never at both.
    expect([...corners].sort()).toEqual(['false,false', 'false,true', 'true,false']);
    // Boxes are of 1 − share before the border cuts them, so that more than half stays on average.
    expect(mean(boxes.map(({ share }) => share))).toBeGreaterThan(0.6);
  });

  it('draws the middle of a box over the whole image', () => {
    // Boxes of half the area, all but fixed, where the border does not cut them.
    const boxes = drawn({ cutmix: { alpha: 1000 } }, 64)
      .map((each) => (each as Extract<Mixing, { kind: 'cutmix' }>).box)
      .filter(
        ({ left, top, width, height }) => left > 0 && top > 0 && left + width < 64 && top + height < 64,
      );
    for (const { width, height } of boxes) {
      expect(width).toBe(height);
      // 64·√½ = 45, cut down to an even number.
      expect([42, 44, 46]).toContain(width);
    }
    const lefts = new Set(boxes.map(({ left }) => left));
    expect(lefts.size).toBeGreaterThan(15);
  });
});

describe('mixup', () => {
  it('blends each image with the one before it, the first with the last', () => {
    // torchvision 0.29.2, `MixUp` with a share of 0.75: 0.75·x + 0.25·roll(x, 1).
    const images = numbered(3 * 3);
    const mixed = mixImages(images, 3, 1, { kind: 'mixup', share: 0.75 });
    expect([...mixed]).toEqual([1.5, 2.5, 3.5, 2.25, 3.25, 4.25, 5.25, 6.25, 7.25]);
    expect(images).toEqual(numbered(9));
  });

  it('keeps the sum of a batch', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (count, share) => {
          const rows = numbered(count * 4);
          const mixed = mixRows(rows, count, 4, share);
          const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0);
          expect(sum(mixed)).toBeCloseTo(sum(rows), 3);
        },
      ),
    );
  });
});

describe('cutmix', () => {
  it('pastes the box of the image before', () => {
    // torchvision 0.29.2, `CutMix` with the box x 1…3, y 0…2 on two images of 3×3, one channel shown.
    const images = Float32Array.from({ length: 2 * 27 }, (_, i) => Math.floor(i / 3));
    const box = { left: 1, top: 0, width: 2, height: 2 };
    const mixed = mixImages(images, 2, 3, { kind: 'cutmix', share: 1 - 4 / 9, box });
    const red = Array.from(mixed).filter((_, i) => i % 3 === 0);
    expect(red).toEqual([0, 10, 11, 3, 13, 14, 6, 7, 8, 9, 1, 2, 12, 4, 5, 15, 16, 17]);
    expect(images[3]).toBe(1);
  });
});

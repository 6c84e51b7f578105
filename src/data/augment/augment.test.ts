import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeKey } from '../../util/random.js';
import { drawAlternatingFlip, drawFlip, flip } from './flip.js';
import { normalizationTable, normalize } from './normalize.js';
import { drawCrop, randomResizedCrop } from './random-resized-crop.js';
import { drawShift, shiftCrop } from './shift-crop.js';

/** An image whose pixel n is (n, n + 100, n + 200) mod 256. */
function counted(size: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, i) => Math.floor(i / 3) + 100 * (i % 3));
}

/** The red channel as rows. */
function reds(pixels: Uint8Array, size: number): number[][] {
  return Array.from({ length: size }, (_, y) =>
    Array.from({ length: size }, (_, x) => pixels[(y * size + x) * 3]!),
  );
}

describe('flip', () => {
  it('mirrors left and right and keeps the channels', () => {
    const image = counted(3);
    flip(image, 3);
    expect(reds(image, 3)).toEqual([
      [2, 1, 0],
      [5, 4, 3],
      [8, 7, 6],
    ]);
    expect([...image.subarray(0, 3)]).toEqual([2, 102, 202]);
  });

  it('is its own inverse', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), (size) => {
        const image = counted(size);
        flip(image, size);
        flip(image, size);
        expect(image).toEqual(counted(size));
      }),
    );
  });

  it('is drawn for about half of the keys', () => {
    let flipped = 0;
    for (let i = 0; i < 4000; i++) if (drawFlip(makeKey(1, 'augment', 0, i))) flipped++;
    expect(flipped / 4000).toBeCloseTo(0.5, 1);
  });

  it('alternating, shows every image in both forms in two epochs, about half of them mirrored at first', () => {
    const images = Array.from({ length: 4000 }, (_, image) => image);
    const mirrored = (seed: number, epoch: number) =>
      images.map((image) => drawAlternatingFlip({ seed, epoch, image }));
    const [first, second, third] = [0, 1, 2].map((epoch) => mirrored(1, epoch));
    expect(first.filter(Boolean).length / 4000).toBeCloseTo(0.5, 1);
    expect(second).toEqual(first.map((isMirrored) => !isMirrored));
    expect(third).toEqual(first);
    expect(mirrored(2, 0)).not.toEqual(first);
  });
});

describe('shiftCrop', () => {
  it('moves the image and lets black in', () => {
    const to = new Uint8Array(27).fill(99);
    shiftCrop(counted(3), to, 3, { dx: 1, dy: -1 });
    expect(reds(to, 3)).toEqual([
      [0, 3, 4],
      [0, 6, 7],
      [0, 0, 0],
    ]);
    expect([...to.subarray(0, 6)]).toEqual([0, 0, 0, 3, 103, 203]);
  });

  it('copies where there is no shift, and leaves nothing where the shift is the whole size', () => {
    const to = new Uint8Array(27);
    shiftCrop(counted(3), to, 3, { dx: 0, dy: 0 });
    expect(to).toEqual(counted(3));
    shiftCrop(counted(3), to, 3, { dx: 5, dy: 0 });
    expect(to).toEqual(new Uint8Array(27));
  });

  it('draws every displacement up to the limit', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      const { dx, dy } = drawShift(makeKey(0, 'augment', 0, i), 2);
      seen.add(`${dx},${dy}`);
    }
    expect(seen.size).toBe(25);
    expect([...seen].every((text) => text.split(',').every((d) => Math.abs(Number(d)) <= 2))).toBe(true);
  });
});

describe('randomResizedCrop', () => {
  it('enlarges a crop with half-pixel centres', () => {
    // The crop is the column pair 0, 100 in every row: bilinear gives ¼ steps between the centres.
    const image = new Uint8Array(4 * 4 * 3);
    for (let y = 0; y < 4; y++) image.fill(100, (y * 4 + 2) * 3, (y * 4 + 3) * 3);
    const to = new Uint8Array(4 * 4 * 3);
    randomResizedCrop(image, to, 4, { left: 1, top: 1, width: 2, height: 2 });
    expect(reds(to, 4)).toEqual(new Array(4).fill([0, 25, 75, 100]));
  });

  it('is the identity for the whole image', () => {
    const to = new Uint8Array(5 * 5 * 3);
    randomResizedCrop(counted(5), to, 5, { left: 0, top: 0, width: 5, height: 5 });
    expect(to).toEqual(counted(5));
  });

  it('draws crops within the image, of the asked area and ratio', () => {
    const ratios: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const crop = drawCrop(makeKey(3, 'augment', 1, i), 64, { scale: [0.35, 1], ratio: [0.75, 1.3333] });
      expect(crop.left).toBeGreaterThanOrEqual(0);
      expect(crop.left + crop.width).toBeLessThanOrEqual(64);
      expect(crop.top).toBeGreaterThanOrEqual(0);
      expect(crop.top + crop.height).toBeLessThanOrEqual(64);
      expect((crop.width * crop.height) / 4096).toBeGreaterThan(0.33);
      expect(crop.width / crop.height).toBeGreaterThan(0.72);
      expect(crop.width / crop.height).toBeLessThan(1.38);
      ratios.push(Math.log(crop.width / crop.height));
    }
    expect(ratios.reduce((a, b) => a + b) / ratios.length).toBeCloseTo(0, 1);
  });

  it('draws every place of a crop, up to the right and the lower edge', () => {
    // A quarter of 4×4 with its own ratio is 2×2 at one of nine places.
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const { left, top, width, height } = drawCrop(makeKey(1, 'augment', 0, i), 4, {
        scale: [0.25, 0.25],
        ratio: [1, 1],
      });
      expect([width, height]).toEqual([2, 2]);
      seen.add(`${left},${top}`);
    }
    expect([...seen].sort()).toEqual(['0,0', '0,1', '0,2', '1,0', '1,1', '1,2', '2,0', '2,1', '2,2']);
  });

  it('takes a crop that fills the image exactly', () => {
    expect(drawCrop(makeKey(0), 8, { scale: [1, 1], ratio: [1, 1] })).toEqual({
      left: 0,
      top: 0,
      width: 8,
      height: 8,
    });
  });

  it('never crops to nothing', () => {
    const thin = drawCrop(makeKey(0), 8, { scale: [1, 1], ratio: [0.01, 0.01] });
    expect(thin).toEqual({ left: 3, top: 0, width: 1, height: 8 });
    const flat = drawCrop(makeKey(0), 8, { scale: [1, 1], ratio: [100, 100] });
    expect(flat).toEqual({ left: 0, top: 3, width: 8, height: 1 });
  });

  it('falls back on the central crop when none of ten draws fits', () => {
    const wide = drawCrop(makeKey(0), 64, { scale: [1, 1], ratio: [2, 2] });
    expect(wide).toEqual({ left: 0, top: 16, width: 64, height: 32 });
    const tall = drawCrop(makeKey(0), 64, { scale: [1, 1], ratio: [0.5, 0.5] });
    expect(tall).toEqual({ left: 16, top: 0, width: 32, height: 64 });
  });

  it('keeps its golden draw', () => {
    expect(drawCrop(makeKey(0, 'augment', 0, 0), 64, { scale: [0.35, 1], ratio: [0.75, 1.3333] })).toEqual({
      left: 2,
      top: 18,
      width: 42,
      height: 46,
    });
  });
});

describe('normalize', () => {
  const pixels = Uint8Array.of(0, 128, 255, 255, 0, 64);
  const normalised = (kind: 'unit' | 'imagenet' | 'symmetric' | 'cifar10'): number[] => {
    const out = new Float32Array(7);
    normalize(pixels, 6, normalizationTable(kind), out, 1);
    expect(out[0]).toBe(0);
    return [...out.subarray(1)].map((value) => Number(value.toFixed(4)));
  };

  it('unit: 0 … 1', () => {
    expect(normalised('unit')).toEqual([0, 0.502, 1, 1, 0, 0.251]);
  });

  it('imagenet: minus the mean, over the deviation of each channel', () => {
    expect(normalised('imagenet')).toEqual([-2.1179, 0.2052, 2.64, 2.2489, -2.0357, -0.689]);
  });

  it('cifar10: by the means and deviations of its training images', () => {
    // torchvision 0.29.2, `Normalize` of these two pixels.
    expect(normalised('cifar10')).toEqual([-1.9895, 0.0812, 2.1158, 2.0591, -1.9803, -0.7474]);
  });

  it('symmetric: −1 … 1', () => {
    expect(normalised('symmetric')).toEqual([-1, 0.0039, 1, 1, -1, -0.498]);
  });
});

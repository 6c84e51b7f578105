import { describe, expect, it } from 'vitest';
import { centreBox, fitKey, fitOf, fittedSize, padded } from './fit.js';

const crop = (side: number) => ({ kind: 'crop', side }) as const;

describe('a fit', () => {
  it('resizes to the input over the fraction, as torchvision’s Resize(256) before CenterCrop(224)', () => {
    const of = (inputSize: number, cropFraction: number) =>
      fitOf({ resize: 'crop', inputSize, cropFraction });
    expect(of(224, 0.875)).toEqual(crop(256));
    expect(of(224, 1)).toEqual(crop(224));
    expect(of(32, 0.875)).toEqual(crop(37));
    expect(fitOf({ resize: 'pad', inputSize: 224, cropFraction: 0.5 })).toEqual({ kind: 'pad' });
  });

  // Of torchvision.transforms.functional.resize and center_crop: width, height, Resize, CenterCrop; size, left, top.
  it.each([
    [500, 375, 256, 224, 341, 256, 58, 16],
    [375, 500, 256, 224, 256, 341, 16, 58],
    [333, 500, 256, 224, 256, 384, 16, 80],
    [1000, 64, 256, 224, 4000, 256, 1888, 16],
    [20, 13, 9, 8, 13, 9, 2, 0],
    [13, 20, 9, 8, 9, 13, 0, 2],
    [64, 64, 73, 64, 73, 73, 4, 4],
    [101, 100, 37, 32, 37, 37, 2, 2],
  ])(
    'of %d×%d by Resize(%d) and CenterCrop(%d) is torchvision’s',
    (width, height, side, size, ...expected) => {
      const [w, h, left, top] = expected;
      const target = fittedSize({ width, height }, crop(side), size);
      expect(target).toEqual({ width: w, height: h });
      expect(centreBox(target, size)).toEqual({ left, top, width: size, height: size });
    },
  );

  it('pads to the longer side, and keeps a pixel of the thinnest image', () => {
    const pad = { kind: 'pad' } as const;
    expect(fittedSize({ width: 500, height: 375 }, pad, 224)).toEqual({ width: 224, height: 168 });
    expect(fittedSize({ width: 8, height: 9000 }, pad, 224)).toEqual({ width: 1, height: 224 });
  });

  it('puts bars of black around, the odd one below', () => {
    const out = new Uint8Array(4 * 4 * 3).fill(9);
    padded(new Uint8Array(4 * 1 * 3).fill(7), { width: 4, height: 1 }, out, 4);
    const rows = [0, 1, 2, 3].map((y) => [...new Set(out.subarray(y * 12, y * 12 + 12))]);
    expect(rows).toEqual([[0], [7], [0], [0]]);
  });

  it('has a key of its own in the cache, but for that which was all there was', () => {
    expect(fitKey({ kind: 'squeeze' })).toBe('');
    const keys = [{ kind: 'pad' } as const, crop(256), crop(224)].map(fitKey);
    expect(new Set(keys).size).toBe(3);
  });
});

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pixelsOf } from '../../onnx/testing.js';
import { resize } from './resize.js';

/** Pixels without any order: what is filtered in another way differs by dozens of levels. */
const noise = (width: number, height: number): Uint8Array =>
  pixelsOf(1, Math.max(width, height)).slice(0, width * height * 3);

describe('resize', () => {
  it.each([
    ['half', 64, 64, 32, 32],
    ['a little', 101, 67, 100, 66],
    ['by means of boxes first', 640, 480, 64, 64],
    ['by means of boxes, the last of them not full', 333, 259, 20, 19],
    ['to twice and more', 20, 16, 45, 32],
    ['wider and less high', 40, 300, 64, 64],
    ['higher, as wide as it was', 64, 40, 64, 64],
    ['narrower, as high as it was', 100, 64, 64, 64],
    ['not at all', 24, 24, 24, 24],
    ['to one row', 30, 5, 30, 1],
  ])('%s is what sharp makes of it, within two levels', async (_, width, height, toWidth, toHeight) => {
    const pixels = noise(width, height);
    const theirs = await sharp(pixels, { raw: { width, height, channels: 3 } })
      .resize(toWidth, toHeight, { fit: 'fill', kernel: 'lanczos3' })
      .raw()
      .toBuffer();
    const ours = resize({ width, height, pixels }, toWidth, toHeight);
    expect(ours).toMatchObject({ width: toWidth, height: toHeight });
    expect(ours.pixels.length).toBe(theirs.length);
    const differences = Array.from(theirs, (value, i) => Math.abs(value - ours.pixels[i]));
    expect(Math.max(...differences)).toBeLessThanOrEqual(2);
    const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
    expect(mean).toBeLessThan(0.75);
  });
});

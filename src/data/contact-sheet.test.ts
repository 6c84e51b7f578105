import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bitsAt, makeKey, stepKey } from '../util/random.js';
import { drawMixing } from './augment/mixing/draw-mixing.js';
import { mixImages } from './augment/mixing/mix.js';
import { augment } from './augment/options.js';
import type { ImageSet } from './cache/image-set.js';
import { contactSheet } from './contact-sheet.js';
import { assembleBatch } from './stream/assemble-batch.js';

const SIZE = 96;
const BYTES = SIZE * SIZE * 3;
const set: ImageSet = {
  split: 'train',
  count: 4,
  size: SIZE,
  labels: Uint16Array.of(0, 1, 0, 1),
  read: (index, out, offset) => {
    const key = makeKey('noise', index);
    for (let i = 0; i < BYTES; i++) out[offset + i] = bitsAt(key, i) & 255;
  },
};

async function sheetOf(config: object) {
  const options = { classes: ['sea', 'street'], seed: 3, batchSize: 2, count: 4 };
  const png = await contactSheet(set, { ...options, augment: augment.parse(config) });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  /** The pixels of the tile in a column, `top` pixels below the sheet's top. */
  const tile = (column: number, top: number): number[] => {
    const rows = Array.from({ length: SIZE }, (_, y) => {
      const start = ((top + y) * info.width + 6 + column * (SIZE + 6)) * 3;
      return [...data.subarray(start, start + SIZE * 3)];
    });
    return rows.flat();
  };
  return { width: info.width, height: info.height, tile };
}

const bytesOf = (images: Float32Array): number[] => Array.from(images, (value) => Math.round(value * 255));

describe('a contact sheet', () => {
  it('shows what the first steps of training see, mixed batch by batch', async () => {
    const config = { normalize: 'unit', mixup: { alpha: 1 } };
    // Four images in rows of three, each with two lines below it.
    const { width, height, tile } = await sheetOf(config);
    expect([width, height]).toEqual([6 + 3 * 102, 6 + 2 * (SIZE + 32 + 6)]);
    const options = augment.parse(config);
    const plan = { batchSize: 2, seed: 3, augment: options, training: true };
    const seen = [0, 1].flatMap((step) => {
      const { images } = assembleBatch(set, plan, 0, step);
      const mixed = mixImages(images, 2, SIZE, drawMixing(stepKey(3, step), options, SIZE)!);
      return [bytesOf(mixed.subarray(0, BYTES)), bytesOf(mixed.subarray(BYTES))];
    });
    expect([0, 1, 2].map((column) => tile(column, 6))).toEqual(seen.slice(0, 3));
    expect(tile(0, 6 + SIZE + 38)).toEqual(seen[3]);
  });

  it('cuts what was put in beyond black and white', async () => {
    const { tile } = await sheetOf({
      normalize: 'unit',
      randomErasing: { probability: 1, scale: [0.8, 0.8], ratio: [1, 1], value: 7 },
    });
    const white = tile(0, 6).filter((value) => value === 255).length;
    expect(white / BYTES).toBeGreaterThan(0.78);
  });

  it('shows each operation alone in rows of their own', async () => {
    const plain = await sheetOf({ flip: false });
    const { height, tile } = await sheetOf({
      flip: false,
      colorJitter: { brightness: [0, 1] },
      grayscale: 0.5,
    });
    // As it is, brightness 0 and 1, grayscale: two rows more.
    expect(height).toBe(plain.height + 2 * (SIZE + 24));
    const original = new Uint8Array(BYTES);
    set.read(0, original, 0);
    const top = 6 + 2 * (SIZE + 24);
    expect(tile(0, top)).toEqual([...original]);
    expect(tile(1, top)).toEqual(new Array(BYTES).fill(0));
    expect(tile(2, top)).toEqual([...original]);
    const grey = tile(0, top + SIZE + 24);
    expect(grey.every((value, i) => value === grey[i - (i % 3)])).toBe(true);
  });
});

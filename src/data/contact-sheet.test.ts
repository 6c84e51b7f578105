import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { bitsAt, makeKey, stepKey } from '../util/random.js';
import { drawMixing } from './augment/mixing/draw-mixing.js';
import { mixImages } from './augment/mixing/mix.js';
import { augment } from './augment/options.js';
import type { ImageSet } from './cache/image-set.js';
import { contactSheet, type SheetOptions } from './contact-sheet.js';
import { classColor } from './masks/palette.js';
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

async function sheetOf(config: object, changes: Partial<SheetOptions> = {}, of = set) {
  const options = { classes: ['sea', 'street'], seed: 3, batchSize: 2, count: 4 };
  const png = await contactSheet(of, { ...options, augment: augment.parse(config), ...changes });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  /** Pixels of the lines below a tile that are not white: its text. */
  const ink = (column: number, row: number, lines: number): number => {
    const top = 6 + row * (SIZE + 10 + 14 * lines) + SIZE;
    let dark = 0;
    for (let y = top; y < top + 4 + 14 * lines; y++) {
      for (let x = column * (SIZE + 6) + 6; x < (column + 1) * (SIZE + 6); x++) {
        if (data[(y * info.width + x) * 3]! < 128) dark++;
      }
    }
    return dark;
  };
  /** The pixels of the tile in a column, `top` pixels below the sheet's top. */
  const tile = (column: number, top: number): number[] => {
    const rows = Array.from({ length: SIZE }, (_, y) => {
      const start = ((top + y) * info.width + 6 + column * (SIZE + 6)) * 3;
      return [...data.subarray(start, start + SIZE * 3)];
    });
    return rows.flat();
  };
  return { width: info.width, height: info.height, tile, ink };
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

  it('shows small images enlarged, every pixel as a square, and no more than there are', async () => {
    const size = 32;
    const small = { ...set, size };
    const { width, height, tile } = await sheetOf({ flip: false, normalize: 'unit' }, { count: 9 }, small);
    expect([width, height]).toEqual([6 + 3 * 102, 6 + 2 * (SIZE + 18 + 6)]);
    const plan = {
      ...{ batchSize: 2, seed: 3, training: true },
      augment: augment.parse({ flip: false, normalize: 'unit' }),
    };
    const shown = bytesOf(assembleBatch(small, plan, 0, 0).images.subarray(0, size * size * 3));
    const enlarged = Array.from({ length: BYTES }, (_, i) => {
      const [pixel, channel] = [Math.floor(i / 3), i % 3];
      const [x, y] = [Math.floor((pixel % SIZE) / 3), Math.floor(pixel / SIZE / 3)];
      return shown[(y * size + x) * 3 + channel];
    });
    expect(tile(0, 6)).toEqual(enlarged);
  });

  it('writes the class below each image, cut to its width', async () => {
    const named = (name: string) => sheetOf({ flip: false }, { classes: [name, name], count: 2 });
    const [none, short, long, longer] = await Promise.all(
      ['', 'sea', 'w'.repeat(13), 'w'.repeat(40)].map(named),
    );
    expect(none!.ink(0, 0, 1)).toBe(0);
    expect(short!.ink(0, 0, 1)).toBeGreaterThan(0);
    expect(short!.ink(1, 0, 1)).toBe(short!.ink(0, 0, 1));
    // Thirteen letters fit, fourteen do not.
    expect(longer!.ink(0, 0, 1)).toBeGreaterThan(0);
    expect(longer!.ink(0, 0, 1)).toBeLessThan(1.01 * long!.ink(0, 0, 1));
  });

  it('takes names with the signs of SVG as they are', async () => {
    const { ink } = await sheetOf({ flip: false }, { classes: ['<&>', 'a'], count: 2 });
    expect(ink(0, 0, 1) + ink(1, 0, 1)).toBeGreaterThan(0);
  });

  it('shows the mask of each image beside it, and below it the two classes with the most pixels', async () => {
    const classes = ['sea', 'road', 'sky'];
    // Nine tenths of the third class, the rest of the second and a line of what counts for nothing.
    const masks: ImageSet = {
      ...set,
      readMask: (index, out, offset) => {
        out.fill(2, offset, offset + SIZE * SIZE);
        out.fill(index % 2, offset, offset + 8 * SIZE);
        out.fill(255, offset, offset + SIZE);
      },
    };
    const { width, height, tile, ink } = await sheetOf({ flip: false }, { classes, count: 2 }, masks);
    // Two images and their masks in rows of three.
    expect([width, height]).toEqual([6 + 3 * 102, 6 + 2 * (SIZE + 32 + 6)]);
    const plan = { batchSize: 2, seed: 3, augment: augment.parse({ flip: false }), training: true };
    const { masks: seen } = assembleBatch(masks, plan, 0, 0);
    expect(tile(1, 6)).toEqual(
      [...seen!.subarray(0, SIZE * SIZE)].flatMap((label) => [...classColor(label)]),
    );
    expect(tile(0, 6 + SIZE + 38)).toEqual(
      [...seen!.subarray(SIZE * SIZE)].flatMap((label) => [...classColor(label)]),
    );
    expect([ink(0, 0, 2), ink(2, 0, 2)]).toEqual([0, 0]);
    expect(ink(1, 0, 2)).toBeGreaterThan(0);
  });

  it('shows names that hold what no picture can', async () => {
    const classes = ['\u001b[31m\u202e<b>', 'a\nb\u0000\uffff'];
    const { ink } = await sheetOf({ flip: false }, { classes });
    const read = await sheetOf(
      { flip: false },
      { classes: ['\\u{1b}[31m\\u{202e}<b>', 'a\\nb\\u{0}\\u{ffff}'] },
    );
    // Both are cut alike, since they are cut as they are read.
    const all = [0, 1, 2].map((column) => ink(column, 0, 1));
    expect(all).toEqual([0, 1, 2].map((column) => read.ink(column, 0, 1)));
    expect(Math.min(...all)).toBeGreaterThan(0);
  });

  it('decodes the image that it shows under each operation, where images are decoded when they are needed', async () => {
    const decoding: ImageSet['decoding'] = {
      cropsOriginals: false,
      fetch: (index, out) => Promise.resolve(set.read(index, out, 0)),
    };
    const read = () => {
      throw new Error('there is nothing to read');
    };
    const config = { flip: false, grayscale: 0.5 };
    const [kept, decoded] = await Promise.all([
      sheetOf(config),
      sheetOf(config, {}, { ...set, read, decoding }),
    ]);
    const top = 6 + 2 * (SIZE + 24);
    expect(decoded.tile(0, top)).toEqual(kept.tile(0, top));
    expect(decoded.height).toBe(kept.height);
  });
});

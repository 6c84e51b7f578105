import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import sharp, { type Sharp } from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { resize, type Box } from '../resize.js';
import { temporaryFolder } from '../sample-data.testing.js';
import { decodeCrop, decodeFitted, shrinkFor } from './decode-fitted.js';
import golden from './decode-fitted.golden.json' with { type: 'json' };

const dir = temporaryFolder();
const size = 8;
const png = join(dir, 'a.png');

/** A picture of two ramps and a wave. */
function picture(width: number, height: number): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const wave = 128 + 100 * Math.sin(x / 3) * Math.cos(y / 4);
      pixels.set([(x * 11) % 256, (y * 17) % 256, Math.floor(wave)], (y * width + x) * 3);
    }
  }
  return pixels;
}

function written(width: number, height: number): Sharp {
  return sharp(picture(width, height), { raw: { width, height, channels: 3 } });
}

/** The largest difference, and the mean of all. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): { most: number; mean: number } {
  expect(a.length).toBe(b.length);
  const all = Array.from(a, (value, i) => Math.abs(value - b[i]!));
  return {
    most: all.reduce((most, value) => Math.max(most, value), 0),
    mean: all.reduce((sum, value) => sum + value, 0) / all.length,
  };
}

async function fitted(image: string | Buffer, fit: Parameters<typeof decodeFitted>[1]): Promise<Uint8Array> {
  const out = new Uint8Array(size * size * 3);
  await decodeFitted(image, fit, size, out);
  return out;
}

async function cropped(image: string | Buffer, box: Box, to = size): Promise<Uint8Array> {
  const out = new Uint8Array(to * to * 3);
  await decodeCrop(image, () => box, to, out);
  return out;
}

beforeAll(() => written(20, 13).png().toFile(png));

describe('a fitted image', () => {
  // Pillow and libvips round weights and what is between the two passes each in its own way.
  it('is Pillow’s Resize(9) by Lanczos and CenterCrop(8)', async () => {
    expect(difference(await fitted(png, { kind: 'crop', side: 9 }), golden.crop).most).toBeLessThanOrEqual(2);
  });

  it('is Pillow’s resize to 8×5 between bars of black', async () => {
    const out = await fitted(png, { kind: 'pad' });
    expect(difference(out.subarray(24, 6 * 24), golden.pad).most).toBeLessThanOrEqual(3);
    expect(new Set([...out.subarray(0, 24), ...out.subarray(6 * 24)])).toEqual(new Set([0]));
  });

  it('is the same of its bytes as of its file', async () => {
    for (const fit of [{ kind: 'pad' }, { kind: 'crop', side: 9 }, { kind: 'squeeze' }] as const) {
      expect(await fitted(readFileSync(png), fit)).toEqual(await fitted(png, fit));
    }
  });

  it('is turned upright before it is cropped or padded', async () => {
    const turned = await written(20, 13).rotate(90).png().toBuffer();
    // Orientation 6: upright is a quarter to the right of what is stored.
    const tagged = await written(20, 13)
      .withMetadata({ orientation: 6 })
      .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
      .toBuffer();
    for (const fit of [{ kind: 'pad' }, { kind: 'crop', side: 9 }] as const) {
      expect(difference(await fitted(tagged, fit), await fitted(turned, fit)).mean).toBeLessThan(2);
    }
    const box = { left: 1, top: 4, width: 10, height: 14 };
    expect(difference(await cropped(tagged, box), await cropped(turned, box)).mean).toBeLessThan(2);
  });

  it('of a strip is made of its middle', async () => {
    const width = 20_000;
    const pixels = Buffer.alloc(width * 8 * 3, 10);
    for (let y = 0; y < 8; y++)
      pixels.fill(200, (y * width + width / 2 - 40) * 3, (y * width + width / 2 + 40) * 3);
    const strip = sharp(pixels, { raw: { width, height: 8, channels: 3 } });
    expect(new Set(await fitted(await strip.png().toBuffer(), { kind: 'crop', side: 9 }))).toEqual(
      new Set([200]),
    );
    const upright = await strip.withMetadata({ orientation: 6 }).png().toBuffer();
    expect(new Set(await fitted(upright, { kind: 'crop', side: 9 }))).toEqual(new Set([200]));
  });
});

describe('a crop out of the stored image', () => {
  it('is Pillow’s crop and bilinear resize', async () => {
    const box = { left: 3, top: 2, width: 14, height: 9 };
    expect(difference(await cropped(png, box), golden.box).most).toBeLessThanOrEqual(1);
    const small = { left: 5, top: 4, width: 6, height: 5 };
    expect(difference(await cropped(png, small), golden.enlarged).most).toBeLessThanOrEqual(1);
  });

  it('may begin and end within pixels, as Pillow’s resize(box=…) has it', () => {
    const out = new Uint8Array(size * size * 3);
    const box = { left: 2.5, top: 1.25, width: 15.25, height: 10.25 };
    resize(picture(20, 13), { width: 20, height: 13 }, box, out, size);
    // Pillow lets pixels beside the box have a part in it: at the border alone that makes a difference.
    const inner = (values: ArrayLike<number>) =>
      Array.from(values).filter((_, i) =>
        [i % 24, Math.floor(i / 24)].every((at, axis) => at >= (axis ? 1 : 3) && at < (axis ? 7 : 21)),
      );
    expect(difference(inner(out), inner(golden.fractional)).most).toBeLessThanOrEqual(1);
  });

  it('shrinks a JPEG while decoding as long as the box stays larger than the result', () => {
    const of = (width: number, height: number) =>
      shrinkFor({ left: 0, top: 0, width, height }, 224)?.onLoad ?? 1;
    expect([of(674, 900), of(675, 675), of(1124, 2000), of(1200, 1125), of(2025, 5000)]).toEqual([
      1, 2, 2, 4, 8,
    ]);
  });

  /** Against the same picture without losses, all of whose pixels are decoded. */
  it.each([
    [2, 1001, 751, { left: 101, top: 53, width: 640, height: 520 }, 160],
    [2, 1203, 1000, { left: 3, top: 0, width: 1200, height: 1000 }, 224],
    [4, 1503, 1125, { left: 33, top: 17, width: 1470, height: 1108 }, 176],
    [8, 1203, 1000, { left: 120, top: 80, width: 883, height: 881 }, 96],
    [8, 1207, 1015, { left: 0, top: 0, width: 1207, height: 1015 }, 64],
  ])(
    'shrunk %d times on load differs from a full decode by less than a level on average',
    async (times, width, height, box, to) => {
      expect(shrinkFor(box, to)?.onLoad).toBe(times);
      const smooth = Buffer.alloc(width * height * 3);
      for (let i = 0; i < width * height; i++) {
        const [x, y] = [i % width, Math.floor(i / width)];
        const wave = 128 + 60 * Math.sin((x + y) / 40);
        smooth.set([128 + 100 * Math.sin(x / 30), 128 + 100 * Math.cos(y / 23), wave], i * 3);
      }
      const raw = { width, height, channels: 3 } as const;
      const jpeg = await sharp(smooth, { raw }).jpeg({ quality: 92 }).toBuffer();
      const full = await sharp(jpeg).png({ compressionLevel: 1 }).toBuffer();
      const { most, mean } = difference(await cropped(jpeg, box, to), await cropped(full, box, to));
      expect(mean).toBeLessThan(1);
      expect(most).toBeLessThanOrEqual(8);
    },
  );

  it('of a broken image says so', async () => {
    const cut = (await written(64, 48).jpeg().toBuffer()).subarray(0, 500);
    const box = { left: 0, top: 0, width: 64, height: 48 };
    await expect(cropped(cut, box)).rejects.toMatchObject({ name: 'BadImageError' });
  });
});

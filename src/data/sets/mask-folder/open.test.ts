import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { checkData } from '../../check-data.js';
import { openDataset } from '../../dataset.js';
import { temporaryFolder, writeNoise, writeText, dataConfig } from '../../sample-data.testing.js';
import { BadImageError } from '../../source.js';
import { IGNORED } from '../../target.js';
import { openMaskFolder } from './open.js';

type Png = Parameters<typeof encode>[0];

function write(file: string, png: Png): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, encode(png));
}

const grey = (width: number, height: number, of: (p: number) => number): Png => ({
  ...{ width, height, channels: 1, depth: 8 },
  data: Uint8Array.from({ length: width * height }, (_, p) => of(p)),
});

const [WIDTH, HEIGHT] = [16, 12];

/** Two images a split, each with a mask whose left half is of class 0 and whose right half is of class 1. */
async function halves(dir: string, splits: readonly string[] = ['train', 'val']): Promise<void> {
  await writeText(join(dir, 'classes.txt'), 'sky\nsea\nship\n');
  for (const split of splits) {
    for (const name of ['a', 'b', 'c']) {
      await writeNoise(join(dir, 'images', split, `${name}.jpg`), WIDTH, HEIGHT, `${split}${name}`);
      write(
        join(dir, 'masks', split, `${name}.png`),
        grey(WIDTH, HEIGHT, (p) => (p % WIDTH < WIDTH / 2 ? 0 : 1)),
      );
    }
  }
}

async function maskOf(dir: string, kind: 'squeeze' | 'pad' = 'squeeze', size = 8): Promise<number[]> {
  const out = new Uint8Array(size * size);
  await openMaskFolder(dir).train.mask!(0, size, { kind }, out);
  return [...out];
}

describe('mask-folder', () => {
  it('lists images with their masks, val as the test set, and fits both alike', async () => {
    const dir = temporaryFolder();
    await halves(dir);
    const source = openMaskFolder(dir);
    expect(source.classes).toEqual(['sky', 'sea', 'ship']);
    expect(source.notes).toEqual(['test: the images of val, as there are no others with masks']);
    expect([source.train.count, source.test.count, source.validation]).toEqual([3, 3, undefined]);
    const row = [0, 0, 0, 0, 1, 1, 1, 1];
    expect(await maskOf(dir)).toEqual(Array.from({ length: 8 }, () => row).flat());
    // 16×12 is 8×6 between two bars of a row each.
    const bar = row.map(() => IGNORED);
    const padded = await maskOf(dir, 'pad');
    expect([padded.slice(0, 8), padded.slice(8, 16), padded.slice(56)]).toEqual([bar, row, bar]);
  });

  it('is opened with its masks in the cache, and says which class is never seen', async () => {
    const dir = temporaryFolder();
    await halves(dir);
    const config = dataConfig({ name: 'mask-folder', dir, inputSize: 8 });
    const open = () => openDataset(config, { cacheDir: join(dir, 'cache') });
    const [first, second] = [await open(), await open()];
    expect(first.target).toBe('mask');
    expect([first.train.count, first.validation.count]).toEqual([2, 1]);
    expect(first.notes).toContain('no pixel of the images to train on is ship: it is never learned');
    expect(second.fingerprint).toBe(first.fingerprint);
    const mask = new Uint8Array(64);
    second.train.readMask!(0, mask, 0);
    expect([...mask.subarray(0, 8)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    // Another meaning of the labels is another set.
    await writeText(join(dir, 'classes.txt'), '0 sea\n1 sky\n');
    expect((await open()).fingerprint).not.toBe(first.fingerprint);
    for (const each of [first, second]) await each.close();
  });

  it('reads palettes by their places, of one, two and four bits a pixel too', async () => {
    const dir = temporaryFolder();
    await halves(dir);
    // Written by hand: fast-png packs no pixels.
    for (const depth of [1, 2, 4, 8] as const) {
      const palette = Array.from({ length: Math.min(3, 1 << depth) }, (_, c) => [90 * c, 7, 255 - 90 * c]);
      const perByte = 8 / depth;
      const data = new Uint8Array((WIDTH / perByte) * HEIGHT);
      for (let p = 0; p < WIDTH * HEIGHT; p++) {
        // The other way round in the lower half.
        const isUpper = p < (WIDTH * HEIGHT) / 2;
        const label = p % WIDTH < WIDTH / 2 === isUpper ? 0 : 1;
        data[Math.floor(p / perByte)]! |= label << (8 - depth * ((p % perByte) + 1));
      }
      write(join(dir, 'masks/train/a.png'), {
        width: WIDTH,
        height: HEIGHT,
        channels: 1,
        depth,
        palette,
        data,
      });
      const labels = await maskOf(dir);
      expect(labels.slice(0, 8), `${depth} bits`).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
      expect(labels.slice(-8), `${depth} bits, the last row`).toEqual([1, 1, 1, 1, 0, 0, 0, 0]);
    }
  });

  it('takes numbers with names, several of one name, and others for nothing', async () => {
    const dir = temporaryFolder();
    await halves(dir);
    await writeText(join(dir, 'classes.txt'), '7 road\n8 water\n9 road: wet\n11 water\n');
    write(
      join(dir, 'masks/train/a.png'),
      grey(WIDTH, HEIGHT, (p) => [7, 8, 3, 11][Math.floor((p % WIDTH) / 4)]!),
    );
    expect((await maskOf(dir)).slice(0, 8)).toEqual([0, 0, 1, 1, IGNORED, IGNORED, 1, 1]);
    expect(openMaskFolder(dir).classes).toEqual(['road', 'water', 'road: wet']);
  });

  it.each<[string, Png, RegExp]>([
    ['another size', grey(12, 16, () => 0), /its mask is of another size: 12×16, and the image is 16×12/],
    [
      'a label outside of the classes',
      grey(WIDTH, HEIGHT, (p) => (p === 18 ? 7 : 0)),
      /a label outside of the 3 classes: 7 at column 2, row 1/,
    ],
    ['a grey photograph', grey(WIDTH, HEIGHT, (p) => p), /looks like a photograph: 189 of its grey values/],
    [
      'a photograph',
      {
        ...{ width: WIDTH * 2, height: HEIGHT, channels: 3, depth: 8 },
        data: Uint8Array.from({ length: WIDTH * 2 * HEIGHT * 3 }, (_, i) => (i * 37 + (i >> 3)) % 256),
      },
      /is a photograph: more than 256 colours/,
    ],
  ])('refuses a mask of %s', async (_what, png, message) => {
    const dir = temporaryFolder();
    await halves(dir);
    write(join(dir, 'masks/train/a.png'), png);
    await expect(maskOf(dir)).rejects.toThrow(message);
    await expect(maskOf(dir)).rejects.toBeInstanceOf(BadImageError);
    // Before training starts, with its name, as any image that cannot be used.
    const config = dataConfig({ name: 'mask-folder', dir, inputSize: 8 });
    await expect(openDataset(config, { cacheDir: join(dir, 'cache') })).rejects.toMatchObject({
      code: 'E_DATA_IMAGES',
      exitCode: 2,
    });
  });

  it('refuses a JPEG for a mask, and an image without one', async () => {
    const dir = temporaryFolder();
    await halves(dir);
    await writeNoise(join(dir, 'masks/train/a.jpg'), WIDTH, HEIGHT, 'photo');
    const { rename, rm } = await import('node:fs/promises');
    await rename(join(dir, 'masks/train/a.jpg'), join(dir, 'masks/train/a.png'));
    await expect(maskOf(dir)).rejects.toThrow(/its mask cannot be read/);
    const bitmap = Buffer.alloc(60);
    bitmap.write('BM');
    bitmap.writeUInt32LE(40, 14);
    writeFileSync(join(dir, 'masks/train/a.png'), bitmap);
    const mask = join(dir, 'masks/train/a');
    await expect(maskOf(dir)).rejects.toThrow(
      `its mask cannot be read: BMP, which is not read; to convert: magick ${mask}.png ${mask}-converted.png`,
    );
    await rm(join(dir, 'masks/train/b.png'));
    expect(() => openMaskFolder(dir)).toThrow('an image without a mask');
  });

  it('tells of an image that is none, where its mask is read for itself', async () => {
    const dir = temporaryFolder();
    await halves(dir);
    const { readdir } = await import('node:fs/promises');
    const [image] = (await readdir(join(dir, 'images/train'))).sort();
    for (const [content, why] of [
      ['no image', 'not an image of a known format'],
      ['', 'empty file (0 bytes)'],
      ['<html>', 'a web page (HTML), not an image: what it says may be why the download failed'],
    ] as const) {
      writeFileSync(join(dir, 'images/train', image!), content);
      await expect(maskOf(dir)).rejects.toThrow(why);
      const { bad } = await checkData(openMaskFolder(dir), 16);
      expect(bad.map(({ reason }) => reason)).toEqual([why]);
    }
  });

  it('reads the layouts of Pascal VOC and Cityscapes with their labels', async () => {
    const voc = temporaryFolder();
    for (const [list, names] of [
      ['train', ['x', 'y']],
      ['val', ['z']],
    ] as const) {
      await writeText(join(voc, `ImageSets/Segmentation/${list}.txt`), `${names.join('\n')}\n\n`);
      for (const name of names) {
        await writeNoise(join(voc, `JPEGImages/${name}.jpg`), WIDTH, HEIGHT, name);
        write(
          join(voc, `SegmentationClass/${name}.png`),
          grey(WIDTH, HEIGHT, () => 20),
        );
      }
    }
    // The challenge's own images, whose masks are not public.
    await writeText(join(voc, 'ImageSets/Segmentation/test.txt'), 'w\n');
    await writeNoise(join(voc, 'JPEGImages/w.jpg'), WIDTH, HEIGHT, 'w');
    const pascal = openMaskFolder(voc);
    expect(pascal.test.count).toBe(1);
    expect(pascal.notes).toEqual(['test: the images of val, as there are no others with masks']);
    expect([pascal.classes.length, pascal.classes[20], pascal.train.count]).toEqual([21, 'tvmonitor', 2]);
    expect(await maskOf(voc)).toEqual(Array.from({ length: 64 }, () => 20));

    const city = temporaryFolder();
    for (const split of ['train', 'val']) {
      await writeNoise(join(city, `leftImg8bit/${split}/ulm/ulm_0_leftImg8bit.png`), WIDTH, HEIGHT, split);
      const mask = grey(WIDTH, HEIGHT, (p) => (p % WIDTH < 8 ? 7 : 3));
      write(join(city, `gtFine/${split}/ulm/ulm_0_gtFine_labelIds.png`), mask);
    }
    const streets = openMaskFolder(city);
    expect([streets.classes.length, streets.classes[0], streets.classes[18]]).toEqual([
      19,
      'road',
      'bicycle',
    ]);
    expect((await maskOf(city)).slice(0, 8)).toEqual([0, 0, 0, 0, IGNORED, IGNORED, IGNORED, IGNORED]);
  });
});

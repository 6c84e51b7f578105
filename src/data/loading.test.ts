import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKey } from '../util/random.js';
import { augment, type AugmentConfig } from './augment/options.js';
import { drawCrop } from './augment/random-resized-crop.js';
import { DecodedImageSet } from './cache/decoded-set.js';
import { FileImageSet } from './cache/image-set.js';
import { openDataset, type Dataset, type OpenOptions } from './dataset.js';
import { decodeCrop, decodeFitted } from './formats/decode-fitted.js';
import type { DataConfig } from './options.js';
import { dataConfig, temporaryFolder, writeNoise, writeText } from './sample-data.testing.js';
import { BatchAssembler, type BatchPlan } from './stream/assemble-batch.js';

const size = 16;
const dir = temporaryFolder();
const names: string[] = [];
let cacheDir: string;

const plain = augment.parse({ flip: false, normalize: 'unit' });
const range = { scale: [0.2, 1], ratio: [0.75, 1.3333] } satisfies AugmentConfig['randomResizedCrop'];
const plan = (changes: Partial<AugmentConfig>, training = true): BatchPlan => ({
  batchSize: 5,
  seed: 3,
  training,
  augment: { ...plain, ...changes },
});

beforeAll(async () => {
  for (const split of ['train', 'test']) {
    for (const [c, name] of ['a', 'b'].entries()) {
      for (let i = 0; i < (split === 'train' ? 8 : 3); i++) {
        const path = join(dir, split, name, `${i}.png`);
        names.push(path);
        await writeNoise(path, 24 + 7 * c + i, 40 - 5 * c - i, path);
      }
    }
  }
});
beforeEach(() => {
  cacheDir = temporaryFolder();
});

function open(changes: Partial<DataConfig> = {}, options: OpenOptions = {}): Promise<Dataset> {
  return openDataset(dataConfig({ dir, inputSize: size, ...changes }), { cacheDir, ...options });
}

/** Every batch of two epochs of a split. */
async function batches(set: Dataset['train'], of: BatchPlan): Promise<number[][]> {
  const assembler = new BatchAssembler(set, of);
  const all: number[][] = [];
  for (const epoch of [0, 1]) {
    for (let i = 0; i * of.batchSize < set.count; i++) {
      const { images, labels } = await assembler.decodeAndAssemble(epoch, i);
      all.push([...labels, ...images]);
    }
  }
  return all;
}

/** Bytes of pixels in the cache. */
function cachedBytes(): number {
  const files = readdirSync(cacheDir, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('pixels.bin'))
    .reduce((sum, file) => sum + statSync(join(cacheDir, file)).size, 0);
}

const imageBytes = size * size * 3;

describe('data.cache', () => {
  it.each(['squeeze', 'crop', 'pad'] as const)(
    'changes neither the data nor a batch, whatever is kept (%s)',
    async (resize) => {
      const augment = plan({ flip: true, shiftCrop: 2 });
      const whole = await open({ resize });
      expect(whole.train).toBeInstanceOf(FileImageSet);
      const expected = await batches(whole.train, augment);
      const validation = await batches(whole.validation, plan({}, false));
      for (const cache of ['none', 7e-6, 1] as const) {
        cacheDir = temporaryFolder();
        const other = await open({ resize, cache });
        expect(other.fingerprint, String(cache)).toBe(whole.fingerprint);
        expect(await batches(other.train, augment)).toEqual(expected);
        expect(await batches(other.validation, plan({}, false))).toEqual(validation);
        await other.close();
      }
      await whole.close();
    },
  );

  it('none keeps no pixel; a number keeps no more than it says; whole keeps all', async () => {
    await (await open({ cache: 'none' })).close();
    expect(cachedBytes()).toBe(0);
    for (const kept of [1, 5, 11, 22]) {
      cacheDir = temporaryFolder();
      const set = await open({ cache: (kept * imageBytes) / 1e9 });
      expect(cachedBytes()).toBeLessThanOrEqual(kept * imageBytes);
      // A part has its share, rounded down.
      expect(cachedBytes()).toBeGreaterThan((kept - 2) * imageBytes);
      await set.close();
    }
    cacheDir = temporaryFolder();
    await (await open({ cache: 1 })).close();
    expect(cachedBytes()).toBe(22 * imageBytes);
  });

  it('looks at all images once: the second start decodes none', async () => {
    const seen: number[] = [];
    const onProgress = (done: number): void => void seen.push(done);
    for (const cache of ['none', 7e-6] as const) {
      cacheDir = temporaryFolder();
      await (await open({ cache }, { onProgress })).close();
      expect(seen.length).toBeGreaterThanOrEqual(22);
      seen.length = 0;
      await (await open({ cache }, { onProgress })).close();
      expect(seen).toEqual([]);
      // Known of all, known of some.
      await (
        await open({ cache, limit: { train: 4, validation: null, test: null } }, { onProgress })
      ).close();
      seen.length = 0;
    }
  });

  it('takes what is known from a whole cache', async () => {
    await (await open()).close();
    const seen: number[] = [];
    await (await open({ cache: 'none' }, { onProgress: (done) => seen.push(done) })).close();
    expect(seen).toEqual([]);
  });

  it('names bad images before anything is trained, and leaves them out where they may be', async () => {
    const bad = temporaryFolder();
    for (const split of ['train', 'test'])
      for (const name of ['a', 'b'])
        for (let i = 0; i < 4; i++)
          await writeNoise(join(bad, split, name, `${i}.png`), 20, 20, `${name}${i}`);
    await writeText(join(bad, 'train/a/9.png'), 'no image');
    for (const cache of ['none', 3e-6] as const) {
      await expect(open({ dir: bad, cache })).rejects.toMatchObject({
        code: 'E_DATA_IMAGES',
        exitCode: 2,
        problems: [{ what: '1 of 17 images cannot be used' }, { where: join(bad, 'train/a/9.png') }],
      });
      const skipped = await open({ dir: bad, cache, skipBadImages: true });
      expect(skipped.notes.join()).toMatch(/1 bad image skipped: .*9\.png/);
      expect(skipped.train.count + skipped.validation.count).toBe(8);
      await batches(skipped.train, plan({}));
      await skipped.close();
    }
  });

  it('does nothing where images are no files, and says so', async () => {
    const scenes = { train: 12, test: 6, seed: 0 };
    const set = await open({ name: 'scenes', dir: null, scenes, cache: 'none' });
    expect(set.train).toBeInstanceOf(FileImageSet);
    expect(set.notes).toContain(
      'data.cache is none, and the images of scenes are no files of their own: all of them are in the cache',
    );
    await set.close();
  });

  it.each(['touched', 'replaced', 'removed'])(
    'refuses an image that was %s since, by its name',
    async (how) => {
      const own = temporaryFolder();
      for (const split of ['train', 'test'])
        for (const name of ['a', 'b'])
          for (let i = 0; i < 4; i++)
            await writeNoise(join(own, split, name, `${i}.png`), 20, 20, `${name}${i}`);
      const set = await open({ dir: own, cache: 'none' });
      const path = join(own, 'train/a/2.png');
      if (how === 'touched') utimesSync(path, 1, 1);
      if (how === 'replaced') writeFileSync(path, readFileSync(join(own, 'train/a/1.png')));
      if (how === 'removed') rmSync(path);
      const both = Promise.all([batches(set.train, plan({})), batches(set.validation, plan({}))]);
      await expect(both).rejects.toMatchObject({
        code: 'E_DATA_CHANGED',
        exitCode: 2,
        problems: [{ where: path }],
      });
      await set.close();
    },
  );
});

describe('crops of training, where the aspect is kept', () => {
  it('are cut out of the images as they are stored, and drawn for their own width and height', async () => {
    const set = await open({ resize: 'crop' }, { randomCrops: true });
    expect(set.train).toBeInstanceOf(DecodedImageSet);
    const assembler = new BatchAssembler(set.train, plan({ randomResizedCrop: range }));
    const { places } = (set.train as DecodedImageSet).port();
    expect(places.pathEnds.length).toBe(set.train.count);
    const shown = await assembler.decodeAndAssemble(4, 1);
    const order = await orderOf(set, 4, 1);
    for (const [i, image] of order.entries()) {
      const out = new Uint8Array(imageBytes);
      const key = makeKey(3, 'augment', 4, image);
      await decodeCrop(
        pathOf(set, image),
        (width, height) => drawCrop(key, { width, height }, range),
        size,
        out,
      );
      const expected = Float32Array.from(out, (byte) => Math.fround(byte / 255));
      expect(shown.images.slice(i * imageBytes, (i + 1) * imageBytes)).toEqual(expected);
    }
    await set.close();
  });

  it('leave validation as it is fitted, and in the cache', async () => {
    const set = await open({ resize: 'crop', cropFraction: 0.5 }, { randomCrops: true });
    expect(set.validation).toBeInstanceOf(FileImageSet);
    expect(cachedBytes()).toBe((set.validation.count + set.test.count) * imageBytes);
    const pixels = new Uint8Array(imageBytes);
    set.test.read(0, pixels, 0);
    const expected = new Uint8Array(imageBytes);
    await decodeFitted(join(dir, 'test/a/0.png'), { kind: 'crop', side: 32 }, size, expected);
    expect(pixels).toEqual(expected);
    expect(set.notes).toContain(
      'crops of training are cut from the image files, decoded each time: none of them is in the cache',
    );
    await set.close();
  });

  it('are cut out of the squares where there is nothing else: squeezed images, and raw ones', async () => {
    for (const changes of [{}, { name: 'scenes', dir: null, resize: 'crop' }] as const) {
      const set = await open({ ...changes, scenes: { train: 12, test: 6, seed: 0 } }, { randomCrops: true });
      expect(set.train).toBeInstanceOf(FileImageSet);
      await set.close();
    }
  });

  it('see what no square holds: the sides of a wide image', async () => {
    const wide = temporaryFolder();
    for (const split of ['train', 'test']) {
      for (let i = 0; i < 2; i++) {
        const left = sharp({ create: { width: 30, height: 16, channels: 3, background: '#f00' } });
        const file = join(wide, split, 'ab'[i]!, `${i}.png`);
        await writeText(file, '');
        await left.extend({ right: 60, background: '#00f' }).png().toFile(file);
      }
    }
    const set = await open(
      { dir: wide, resize: 'crop', cropFraction: 1, validation: 'test' },
      { randomCrops: true },
    );
    const assembler = new BatchAssembler(
      set.train,
      plan({ randomResizedCrop: { ...range, scale: [0.1, 0.17] } }),
    );
    const seen = new Set<number>();
    for (let epoch = 0; epoch < 40; epoch++)
      seen.add((await assembler.decodeAndAssemble(epoch, 0)).images[0]!);
    // The centre alone is blue.
    expect([seen.has(0), seen.has(1)]).toEqual([true, true]);
    await set.close();
  });
});

/** The images of a batch: its labels are told apart by no other means. */
async function orderOf(set: Dataset, epoch: number, index: number): Promise<number[]> {
  const { permutation } = await import('../util/random.js');
  return [...permutation(set.train.count, 3, 'shuffle', epoch)].slice(index * 5, index * 5 + 5);
}

function pathOf(set: Dataset, image: number): string {
  const { paths, pathEnds, pathOf: at } = (set.train as DecodedImageSet).port().places;
  const file = at[image]!;
  return Buffer.from(paths.slice(file === 0 ? 0 : pathEnds[file - 1]!, pathEnds[file])).toString();
}

describe('images that lie in shards', () => {
  it('are decoded out of them, and refused where the shard was changed', async () => {
    const { writeTar } = await import('./sets/tar-shards/shards.testing.js');
    const shards = temporaryFolder();
    const entries = names
      .filter((path) => path.includes('/train/'))
      .flatMap((path, i) => [
        [`${i}.png`, readFileSync(path)] as const,
        [`${i}.cls`, path.includes('/a/') ? '0' : '1'] as const,
      ]);
    writeTar(join(shards, 'train-0.tar'), entries.slice(0, 16));
    writeTar(join(shards, 'train-1.tar'), entries.slice(16));
    writeTar(join(shards, 'test-0.tar'), entries.slice(12, 20));
    const config = { name: 'tar-shards', dir: shards, resize: 'pad', validation: 'test' } as const;
    const augment = plan({ randomResizedCrop: range });
    const whole = await open(config);
    cacheDir = temporaryFolder();
    const decoded = await open({ ...config, cache: 'none' }, { randomCrops: true });
    expect(decoded.train).toBeInstanceOf(DecodedImageSet);
    expect(decoded.fingerprint).toBe(whole.fingerprint);
    const measured = plan({}, false);
    expect(await batches(decoded.test, measured)).toEqual(await batches(whole.test, measured));
    const crops = await batches(decoded.train, augment);
    expect(crops).toHaveLength(8);
    expect(await batches(decoded.train, augment)).toEqual(crops);
    utimesSync(join(shards, 'train-1.tar'), 1, 1);
    await expect(batches(decoded.train, augment)).rejects.toMatchObject({
      code: 'E_DATA_CHANGED',
      problems: [
        {
          what: 'the file that holds an image was changed or removed since the images were looked at, when the run began',
          where: join(shards, 'train-1.tar'),
        },
      ],
    });
    await Promise.all([whole.close(), decoded.close()]);
  });
});

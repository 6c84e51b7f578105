import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DataConfig } from './options.js';
import { InvolveError } from '../util/errors.js';
import { asReader, permissionsCount, reader } from '../util/other-user.testing.js';
import { thisProcess } from '../util/process-identity.js';
import { openDataset } from './dataset.js';
import type { Dataset, OpenOptions } from './dataset.js';
import type { ImageSet } from './cache/image-set.js';
import {
  dataConfig,
  temporaryFolder,
  writeImageFolder,
  writeNoise,
  writeText,
} from './sample-data.testing.js';

let cacheDir: string;
let good: string;
beforeAll(async () => {
  cacheDir = temporaryFolder();
  good = temporaryFolder();
  await writeImageFolder(good, ['cat', 'dog'], { train: 8, test: 3 });
});

function open(changes: Partial<DataConfig>, options: OpenOptions = {}): Promise<Dataset> {
  return openDataset(dataConfig({ dir: good, ...changes }), { cacheDir, ...options });
}

async function refusal(changes: Partial<DataConfig>, options: OpenOptions = {}): Promise<InvolveError> {
  const error: unknown = await open(changes, options).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvolveError);
  return error as InvolveError;
}

function pixels(set: ImageSet, index: number): number[] {
  const out = new Uint8Array(set.size * set.size * 3);
  set.read(index, out, 0);
  return [...out];
}

/** A folder of good images and what a test adds to it. */
async function spoiled(
  change: (dir: string) => Promise<void> | void,
  counts = { train: 4, test: 2 },
): Promise<string> {
  const dir = temporaryFolder();
  await writeImageFolder(dir, ['cat', 'dog'], counts);
  await change(dir);
  return dir;
}

describe('openDataset', () => {
  it('lists classes by code point, holds out validation and reads pixels', async () => {
    const dataset = await open({});
    expect(dataset.classes).toEqual(['cat', 'dog']);
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([12, 4, 6]);
    expect([...dataset.validation.labels]).toEqual([0, 0, 1, 1]);
    expect([...dataset.test.labels]).toEqual([0, 0, 0, 1, 1, 1]);
    const file = join(good, 'test/dog/001.png');
    const expected = await sharp(file).resize(8, 8, { fit: 'fill', kernel: 'lanczos3' }).raw().toBuffer();
    expect(pixels(dataset.test, 4)).toEqual([...expected]);
    expect(dataset.notes).toEqual([]);
    await dataset.close();
  });

  it('sorts classes and images by code point, not by locale', async () => {
    const dir = temporaryFolder();
    await writeImageFolder(dir, ['ä', 'Z', 'a', '10', '9'], { train: 2, test: 1 });
    expect((await open({ dir })).classes).toEqual(['10', '9', 'Z', 'a', 'ä']);
  });

  it('decodes once: the second time the cache is read, and the fingerprint is the same', async () => {
    const own = temporaryFolder();
    const progress: number[] = [];
    const onProgress = (done: number, total: number): void => void progress.push(done, total);
    const first = await open({}, { cacheDir: own, onProgress });
    expect(progress.at(-2)).toBe(22);
    expect(progress.length).toBeGreaterThan(40);
    const written = statSync(first.train.count > 0 ? blockFile(own, 'train') : '').mtimeMs;
    const second = await open({}, { cacheDir: own });
    expect(second.fingerprint).toBe(first.fingerprint);
    expect(statSync(blockFile(own, 'train')).mtimeMs).toBe(written);
    expect(readdirSync(join(own, 'pixels')).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('decodes again when a file changed, and the fingerprint differs', async () => {
    const dir = await spoiled(() => {});
    const before = await open({ dir });
    await writeNoise(join(dir, 'train/cat/000.png'), 20, 20, 'another');
    expect((await open({ dir })).fingerprint).not.toBe(before.fingerprint);
  });

  it('has a fingerprint of pixels, labels, classes and splits, which a run is resumed by', async () => {
    /** Images of noise by class, the same in train and test. */
    const of = async (classes: Readonly<Record<string, readonly string[]>>): Promise<string> => {
      const dir = temporaryFolder();
      for (const split of ['train', 'test'])
        for (const [name, images] of Object.entries(classes))
          for (const image of images) await writeNoise(join(dir, split, name, `${image}.png`), 12, 12, image);
      return dir;
    };
    const print = async (dir: string, options: OpenOptions = {}): Promise<string> =>
      (await open({ dir, validation: 'test' }, options)).fingerprint;
    const dir = await of({ cat: ['1', '2', '3'], dog: ['4'] });
    const base = await print(dir);
    expect(await print(await of({ cat: ['1', '2', '3'], dog: ['4'] }))).toBe(base);
    // The same pixels in the same order, but with other labels, other names, other pixels.
    expect(await print(await of({ cat: ['1', '2'], dog: ['3', '4'] }))).not.toBe(base);
    expect(await print(await of({ cat: ['1', '2', '3'], fox: ['4'] }))).not.toBe(base);
    expect(await print(await of({ cat: ['1', '2', '3'], dog: ['5'] }))).not.toBe(base);
    const [train, test] = await Promise.all([
      print(dir, { splits: ['train'] }),
      print(dir, { splits: ['test'] }),
    ]);
    expect(train).not.toBe(test);
    expect((await open({ dir, validation: 'test', inputSize: 9 })).fingerprint).not.toBe(base);
  });

  it('rebuilds a cache that was cut off, altered or lost its index', async () => {
    const own = temporaryFolder();
    const whole = await open({}, { cacheDir: own });
    const expected = pixels(whole.train, 3);
    const file = blockFile(own, 'train');
    const damages = [
      () => truncateSync(file, 100),
      () => {
        const bytes = readFileSync(file);
        bytes[777] ^= 1;
        writeFileSync(file, bytes);
      },
      () => writeFileSync(join(file, '../index.json'), '{"format":'),
      () => rmSync(join(file, '../index.json')),
      () => rmSync(file),
    ];
    for (const damage of damages) {
      damage();
      const again = await open({}, { cacheDir: own });
      expect(again.fingerprint).toBe(whole.fingerprint);
      expect(pixels(again.train, 3)).toEqual(expected);
    }
  });

  it('accepts a cache that was copied: other times, same bytes', async () => {
    const own = temporaryFolder();
    const first = await open({}, { cacheDir: own });
    const file = blockFile(own, 'train');
    copyFileSync(file, `${file}.copy`);
    rmSync(file);
    copyFileSync(`${file}.copy`, file);
    const { ino } = statSync(file);
    expect((await open({}, { cacheDir: own })).fingerprint).toBe(first.fingerprint);
    expect(statSync(file).ino).toBe(ino);
  });

  it('lets several builders of one cache at once all succeed', async () => {
    const own = temporaryFolder();
    const all = await Promise.all(Array.from({ length: 4 }, () => open({}, { cacheDir: own })));
    expect(new Set(all.map((dataset) => dataset.fingerprint)).size).toBe(1);
    expect(readdirSync(join(own, 'pixels')).length).toBe(2);
  });

  it('opens only the splits that are asked for', async () => {
    const own = temporaryFolder();
    const dataset = await open({}, { cacheDir: own, splits: ['test'] });
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([0, 0, 6]);
    expect(readdirSync(join(own, 'pixels')).length).toBe(1);
  });

  it('uses the test set for validation when told to, and says so', async () => {
    const dataset = await open({ validation: 'test' });
    expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([16, 6, 6]);
    expect(pixels(dataset.validation, 5)).toEqual(pixels(dataset.test, 5));
    expect(dataset.notes).toEqual([
      'validation: the test set, as data.validation says; its figures are no estimate of new data',
    ]);
  });

  it('takes a validation folder beside test, and val as test where there is none', async () => {
    const three = temporaryFolder();
    await writeImageFolder(three, ['cat', 'dog'], { train: 4, val: 3, test: 2 });
    const brought = await open({ dir: three });
    expect([brought.train.count, brought.validation.count, brought.test.count]).toEqual([8, 6, 4]);
    expect(brought.notes).toEqual([
      'validation: the folder that the data set brings; the share in data.validation has no effect',
    ]);
    const two = temporaryFolder();
    await writeImageFolder(two, ['cat', 'dog'], { train: 4, val: 3 });
    const held = await open({ dir: two });
    expect([held.train.count, held.validation.count, held.test.count]).toEqual([6, 2, 6]);
    expect(held.notes).toEqual([`test: the folder ${join(two, 'val')}`]);
  });

  it('limits to balanced subsets with the same pixels and fingerprint, cached whole or not', async () => {
    const limit = { train: 4, validation: 2, test: 100 };
    const fresh = await open({ limit }, { cacheDir: temporaryFolder() });
    const cached = await open({ limit });
    expect([...fresh.train.labels]).toEqual([0, 0, 1, 1]);
    expect([...fresh.validation.labels]).toEqual([0, 1]);
    expect(fresh.test.count).toBe(6);
    expect(fresh.notes).toEqual(['data.limit.test is 100, but there are 6 images; all are used']);
    expect(pixels(fresh.train, 3)).toEqual(pixels(cached.train, 3));
    expect(fresh.fingerprint).toBe(cached.fingerprint);
  });

  it('reads grey, CMYK, transparent, 16-bit and turned images', async () => {
    const red = { r: 255, g: 0, b: 0 };
    const dir = await spoiled(async (root) => {
      const at = (name: string): string => join(root, 'test/cat', name);
      const plain = { width: 16, height: 16, channels: 3 as const, background: { r: 90, g: 90, b: 90 } };
      await sharp({ create: plain }).toColourspace('b-w').png().toFile(at('a-grey.png'));
      await sharp({ create: { ...plain, background: red } })
        .toColourspace('cmyk')
        .jpeg()
        .toFile(at('b-cmyk.jpg'));
      const clear = { ...plain, channels: 4 as const, background: { ...red, alpha: 0 } };
      await sharp({ create: clear }).png().toFile(at('c-clear.png'));
      await sharp({ create: plain }).toColourspace('rgb16').png().toFile(at('d-deep.png'));
      // Left half black, right half white, stored with "turn by 90° to the right": black comes out on top.
      const halves = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) =>
        Math.floor(i / 3) % 16 < 8 ? 0 : 255,
      );
      const turned = sharp(halves, { raw: { width: 16, height: 16, channels: 3 } });
      await turned.withMetadata({ orientation: 6 }).png().toFile(at('e-turned.png'));
      await sharp({ create: plain }).gif().toFile(at('f.GIF'));
    });
    const { test } = await open({ dir });
    const first = 2; // after 000.png and 001.png
    const pixel = (index: number, at: number): number[] =>
      pixels(test, first + index).slice(at * 3, at * 3 + 3);
    expect(pixel(0, 0)).toEqual([90, 90, 90]);
    const [r, g, b] = pixel(1, 9);
    expect(r).toBeGreaterThan(200);
    expect(Math.max(g!, b!)).toBeLessThan(60);
    expect(pixel(2, 0)).toEqual([255, 255, 255]);
    expect(pixel(3, 0)).toEqual([90, 90, 90]);
    expect(pixel(4, 3)).toEqual([0, 0, 0]);
    expect(pixel(4, 60)).toEqual([255, 255, 255]);
    expect(pixel(5, 0)).toEqual([90, 90, 90]);
  });

  it('reports a cache that vanished while training as an error, not as zeros', async () => {
    const own = temporaryFolder();
    const dataset = await open({}, { cacheDir: own });
    truncateSync(blockFile(own, 'test'), 8 * 8 * 3);
    expect(pixels(dataset.test, 0).length).toBe(192);
    expect(() => pixels(dataset.test, 2)).toThrow('the cached pixels cannot be read: it ends before image 2');
    await dataset.close();
  });

  it('says what to do when the cache folder cannot be written', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const error = await refusal({}, { cacheDir: file });
    expect(error.exitCode).toBe(3);
    expect(error.problems[0]!.try).toBe('set INVOLVE_CACHE_DIR to a folder with room for the decoded images');
  });
});

describe('data that cannot be used', () => {
  it('default data that is absent: exit 3 with the ways to go on', async () => {
    const cwd = temporaryFolder();
    for (const dir of [null, 'datasets/intel']) {
      const error = await refusal({ name: 'intel', dir }, { cwd });
      expect(error.exitCode).toBe(3);
      expect(error.code).toBe('E_DATA_MISSING');
      expect(error.problems).toEqual([
        {
          what: 'the data set intel is not on this machine',
          where: join(cwd, 'datasets/intel'),
          try: '`involve data get intel`, or `--set data.dir=FOLDER` where it lies elsewhere, or `--set data.name=scenes` for drawn images that need no download',
        },
      ]);
    }
  });

  it('a data.dir that is absent: exit 2', async () => {
    const cwd = temporaryFolder();
    const error = await refusal({ dir: 'nowhere' }, { cwd });
    expect(error.exitCode).toBe(2);
    expect(error.problems[0]!.what).toBe('data.dir is not a folder: nowhere');
    expect(error.problems[0]!.where).toBe(join(cwd, 'nowhere'));
  });

  it('a folder without the splits', async () => {
    const dir = temporaryFolder();
    expect((await refusal({ dir })).message).toBe('no folder train/ in the data folder');
    mkdirSync(join(dir, 'train'));
    const error = await refusal({ dir });
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe('the data folder has train/ but neither test/ nor val/ nor validation/');
    expect((await refusal({ dir, name: 'intel' })).message).toBe(
      'no folders seg_train/ and seg_test/ in the data folder',
    );
  });

  it('empty class folders and classes that differ, all at once', async () => {
    const dir = await spoiled((root) => {
      mkdirSync(join(root, 'train/empty'));
      mkdirSync(join(root, 'test/extra'));
    });
    await writeNoise(join(dir, 'test/extra/1.png'), 9, 9, 'x');
    const error = await refusal({ dir });
    expect(error.exitCode).toBe(2);
    expect(error.problems.map(({ what, where }) => [what, where])).toEqual([
      ['the class folder empty holds no image', join(dir, 'train/empty')],
      [
        'the classes differ from those of train: it lacks empty and has extra, which train lacks',
        join(dir, 'test'),
      ],
    ]);
  });

  it('a single class', async () => {
    const dir = temporaryFolder();
    await writeImageFolder(dir, ['only'], { train: 2, test: 2 });
    expect((await refusal({ dir })).message).toBe(
      'expected a folder for each of at least two classes, found 1',
    );
  });

  it('bad images: every kind named at once, or skipped and counted', async () => {
    const dir = await spoiled(async (root) => {
      await writeText(join(root, 'train/cat/900-text.jpg'), 'hello, I am a text');
      await writeText(join(root, 'train/cat/901-empty.png'), '');
      await writeNoise(join(root, 'train/cat/902-dot.png'), 1, 1, 'dot');
      await writeNoise(join(root, 'train/dog/903-thin.png'), 40, 7, 'thin');
      await writeNoise(join(root, 'test/dog/904-cut.jpg'), 64, 64, 'cut');
      truncateSync(join(root, 'test/dog/904-cut.jpg'), 2000);
      await writeNoise(join(root, 'test/dog/905-cut.png'), 64, 64, 'cut');
      truncateSync(join(root, 'test/dog/905-cut.png'), 2000);
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      const error = await refusal({ dir });
      expect(error.exitCode).toBe(2);
      expect(error.code).toBe('E_DATA_IMAGES');
      expect(error.problems[0]).toEqual({
        what: '6 of 18 images cannot be used',
        try: 'replace or remove them, or leave them out: --set data.skipBadImages=true',
      });
      const named = error.problems.slice(1).map(({ what, where }) => [where!.slice(dir.length + 1), what]);
      expect(named.slice(0, 4)).toEqual(
        expect.arrayContaining([
          ['train/cat/900-text.jpg', 'not an image of a known format'],
          ['train/cat/901-empty.png', 'empty file (0 bytes)'],
          ['train/cat/902-dot.png', '1×1 pixels; both sides must be at least 8'],
          ['train/dog/903-thin.png', '40×7 pixels; both sides must be at least 8'],
        ]),
      );
      expect(named.slice(4).map(([where]) => where)).toEqual([
        'test/dog/904-cut.jpg',
        'test/dog/905-cut.png',
      ]);
      for (const [, what] of named.slice(4)) expect(what).toMatch(/^(cut short \(|damaged or cut short$)/);
    }
    const skipped = await open({ dir, skipBadImages: true });
    expect([skipped.train.count + skipped.validation.count, skipped.test.count]).toEqual([8, 4]);
    expect(skipped.notes[0]).toMatch(
      /^6 bad images skipped: .*900-text\.jpg \(not an image of a known format\), /,
    );
    expect(pixels(skipped.test, 3)).toEqual(pixels((await open({ dir, skipBadImages: true })).test, 3));
  });

  it('names ten bad images and counts the rest', async () => {
    const dir = await spoiled(async (root) => {
      for (let i = 0; i < 13; i++) await writeText(join(root, `train/cat/bad-${10 + i}.jpg`), 'x');
    });
    const { problems } = await refusal({ dir });
    expect(problems.length).toBe(12);
    expect(problems[11]!.what).toBe('… and 3 more; `involve data check` lists them all');
  });

  it('a class whose images are all bad, even when bad images may be skipped', async () => {
    const dir = await spoiled((root) => {
      for (const name of ['000', '001']) writeFileSync(join(root, `test/dog/${name}.png`), 'no');
    });
    const error = await refusal({ dir, skipBadImages: true });
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe('every test image of dog is bad');
  });

  it('ignores hidden files and files that are no images, with a note', async () => {
    const dir = await spoiled(async (root) => {
      await writeText(join(root, 'train/.DS_Store'), 'x');
      await writeText(join(root, 'train/cat/Thumbs.db'), 'x');
      await writeText(join(root, 'train/cat/notes.txt'), 'x');
      await writeText(join(root, 'test/.hidden/a.png'), 'x');
    });
    expect((await open({ dir })).notes).toEqual([
      '4 files are no image, ignored: .DS_Store, cat/Thumbs.db, cat/notes.txt, …',
    ]);
  });
});

describe('the key of the cache', () => {
  /** The same names, sizes and times as any other of these folders. */
  async function grey(value: number): Promise<string> {
    const dir = temporaryFolder();
    for (const split of ['train', 'test']) {
      for (const name of ['cat', 'dog']) {
        mkdirSync(join(dir, split, name), { recursive: true });
        for (let i = 0; i < 4; i++) await writeGrey(join(dir, split, name, `${i}.tif`), value);
      }
    }
    return dir;
  }

  /** Uncompressed, so that every value has the same size; the time is that of the first. */
  async function writeGrey(file: string, value: number): Promise<void> {
    const create = {
      width: 9,
      height: 9,
      channels: 3 as const,
      background: { r: value, g: value, b: value },
    };
    await sharp({ create }).tiff({ compression: 'none' }).toFile(file);
    utimesSync(file, 1_577_836_800, 1_577_836_800);
  }

  it('is another for other images of the same names, sizes and times', async () => {
    const [first, second] = [await open({ dir: await grey(10) }), await open({ dir: await grey(245) })];
    expect([pixels(first.train, 0)[0], pixels(second.train, 0)[0]]).toEqual([10, 245]);
    expect(second.fingerprint).not.toBe(first.fingerprint);
  });

  it('is another for an image that was edited, its time kept', async () => {
    const dir = await grey(10);
    const before = await open({ dir });
    await writeGrey(join(dir, 'test/dog/3.tif'), 99);
    const after = await open({ dir });
    expect([pixels(before.test, 7)[0], pixels(after.test, 7)[0]]).toEqual([10, 99]);
    expect(after.fingerprint).not.toBe(before.fingerprint);
  });

  it('is the same for a folder that was moved; a copy is decoded, and has the same fingerprint', async () => {
    const dir = await grey(10);
    const first = await open({ dir });
    const moved = join(temporaryFolder(), 'moved');
    renameSync(dir, moved);
    const decoded: number[] = [];
    const again = await open({ dir: moved }, { onProgress: (done) => decoded.push(done) });
    expect([decoded, again.fingerprint]).toEqual([[], first.fingerprint]);
    const copy = join(temporaryFolder(), 'copy');
    cpSync(moved, copy, { recursive: true });
    expect((await open({ dir: copy })).fingerprint).toBe(first.fingerprint);
  });
});

describe('decoding that ends before its end', () => {
  /** A process that lived here and is gone. */
  const gone = { ...thisProcess(), pid: spawnSync(process.execPath, ['-e', '']).pid, started: '1' };

  function building(own: string, name: string, owner: object | null): string {
    const folder = join(own, 'pixels', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'pixels.bin'), 'x');
    if (owner !== null) writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner));
    return folder;
  }

  it('leaves what is removed at the next start, unless its process lives, or lives elsewhere', async () => {
    const own = temporaryFolder();
    const left = [building(own, '.building-1-a', gone), building(own, `.building-${gone.pid}-b`, null)];
    const elsewhere = { ...thisProcess(), host: 'another' };
    const kept = [building(own, '.building-1-c', thisProcess()), building(own, '.building-1-d', elsewhere)];
    const old = building(own, '.building-1-e', elsewhere);
    utimesSync(old, 1_577_836_800, 1_577_836_800);
    await open({}, { cacheDir: own });
    expect([...left, old].filter((folder) => existsSync(folder))).toEqual([]);
    expect(kept.filter((folder) => existsSync(folder))).toEqual(kept);
    expect(readdirSync(join(blockFile(own, 'train'), '..')).sort()).toEqual(['index.json', 'pixels.bin']);
  });

  it.each(['image-folder', 'scenes'] as const)(
    'stops before the next image, and leaves nothing (%s)',
    async (name) => {
      const own = temporaryFolder();
      const stop = new AbortController();
      const decoded: number[] = [];
      const onProgress = (done: number): void => {
        decoded.push(done);
        if (done === 3) stop.abort();
      };
      const opening = open({ name }, { cacheDir: own, onProgress, signal: stop.signal });
      await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
      expect(decoded).toEqual([1, 2, 3]);
      expect(readdirSync(join(own, 'pixels'))).toEqual([]);
    },
  );

  it('gives a signal its turn while images are drawn', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1);
    const opening = open(
      { name: 'scenes', inputSize: 64 },
      { cacheDir: temporaryFolder(), signal: stop.signal },
    );
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('bad images that may be skipped', () => {
  /** Every second image of dog is empty, and the first that would be held out of cat. */
  async function spotted(): Promise<string> {
    const dir = temporaryFolder();
    await writeImageFolder(dir, ['cat', 'dog'], { train: 20, test: 2 });
    const held = await open({ dir, validation: 0.1 });
    const name = held.validation.count === 4 ? await firstHeldOut(dir) : '';
    for (let i = 0; i < 20; i += 2) truncateSync(join(dir, `train/dog/${String(i).padStart(3, '0')}.png`), 0);
    truncateSync(name, 0);
    return dir;
  }

  async function firstHeldOut(dir: string): Promise<string> {
    const { selectSplits } = await import('./splits.js');
    const { openSource } = await import('./open-source.js');
    const source = await openSource(dataConfig({ dir }));
    const { validation } = selectSplits(source, dataConfig({ dir, validation: 0.1 }), []);
    return source.train.name(validation.indices[0]!);
  }

  it('are left out before validation is drawn', async () => {
    const dir = await spotted();
    const { train, validation, notes } = await open({ dir, validation: 0.1, skipBadImages: true });
    expect([...validation.labels]).toEqual([0, 0, 1]);
    expect(train.count).toBe(19 + 10 - 3);
    expect(notes[0]).toMatch(/^11 bad images skipped: /);
  });

  it('make the same splits whichever are opened, and whatever is cached', async () => {
    const dir = await spotted();
    const limit = { train: 10, validation: 2, test: null };
    for (const config of [{}, { limit }]) {
      const changes = { dir, validation: 0.1, skipBadImages: true, ...config };
      const all = await open(changes, { cacheDir: temporaryFolder() });
      expect(all.fingerprint).toBe((await open(changes)).fingerprint);
      for (const split of ['train', 'validation', 'test'] as const) {
        const alone = await open(changes, { cacheDir: temporaryFolder(), splits: [split] });
        const every = (set: ImageSet): number[][] =>
          Array.from({ length: set.count }, (_, i) => pixels(set, i));
        expect(every(alone[split])).toEqual(every(all[split]));
      }
    }
    const limited = await open({ dir, validation: 0.1, skipBadImages: true, limit });
    expect([...limited.train.labels]).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
  });

  it.runIf(permissionsCount)('are not kept as bad where only this user may not read them', async () => {
    const dir = await spoiled(() => {});
    chmodSync(dir, 0o755);
    const secret = join(dir, 'test/dog/001.png');
    chmodSync(secret, 0o000);
    const own = temporaryFolder();
    if (reader !== undefined) chownSync(own, reader, reader);
    await asReader(async () => {
      const error = await refusal({ dir }, { cacheDir: own });
      expect(error.problems.at(-1)).toEqual({
        what: 'cannot be read: this user may not read it',
        where: secret,
      });
      expect((await open({ dir, skipBadImages: true }, { cacheDir: own })).test.count).toBe(3);
    });
    // Granted without a change of the file's content.
    chmodSync(secret, 0o644);
    expect((await open({ dir, skipBadImages: true }, { cacheDir: own })).test.count).toBe(4);
  });
});

describe('splits that nothing can be measured on', () => {
  it('validation without an image: refused, but for the other splits', async () => {
    const dir = temporaryFolder();
    await writeImageFolder(dir, ['cat', 'dog'], { train: 1, test: 1 });
    const error = await refusal({ dir });
    expect([error.exitCode, error.code]).toEqual([2, 'E_DATA_EMPTY']);
    expect(error.message).toBe(
      'no image is left to validate on: of a class with a single image none is held out of train',
    );
    expect((await open({ dir, validation: 'test' })).validation.count).toBe(2);
    expect((await open({ dir }, { splits: ['train', 'test'] })).train.count).toBe(2);
  });

  it('validation without a class: a note', async () => {
    const dir = await spoiled((root) => rmSync(join(root, 'train/dog/001.png')), { train: 2, test: 2 });
    const { validation, notes } = await open({ dir });
    expect([...validation.labels]).toEqual([0]);
    expect(notes).toEqual(['no image of dog is in validation: nothing is measured of it']);
  });

  it('a limit below the number of classes: refused for training, a note elsewhere', async () => {
    const dir = temporaryFolder();
    await writeImageFolder(dir, ['a', 'b', 'c'], { train: 4, test: 2 });
    const limit = { train: null, validation: null, test: null };
    const error = await refusal({ dir, limit: { ...limit, train: 2 } });
    expect(error.problems).toEqual([
      {
        what: 'data.limit.train is 2, fewer images than the 3 classes: none of c would be trained on',
        where: 'data.limit.train',
        try: '--set data.limit.train=3, or more',
      },
    ]);
    expect((await open({ dir, limit: { ...limit, train: 3 } })).train.count).toBe(3);
    expect((await open({ dir, limit: { ...limit, train: 2 } }, { splits: ['test'] })).test.count).toBe(6);
    const { notes } = await open({ dir, limit: { ...limit, test: 1 } });
    expect(notes).toEqual(['no image of b, c is in test: nothing is measured of them']);
    const sample = await open({ dir }, { splits: ['train'], sample: 2 });
    expect([sample.train.count, sample.notes]).toEqual([2, []]);
    // Nobody has limited anything to as many as are asked for.
    const whole = await open({ dir }, { splits: ['train'], sample: 1000 });
    expect(whole.notes).toEqual([]);
    const few = { dir, limit: { ...limit, train: 500 } };
    const { train, notes: told } = await open(few, { splits: ['train'], sample: 3 });
    expect([train.count, told]).toEqual([
      3,
      [`data.limit.train is 500, but there are ${whole.train.count} images; all are used`],
    ]);
  });
});

describe('equal images', () => {
  it('in two classes, or in train and validation, are told; nothing is left out', async () => {
    const dir = await spoiled((root) => {
      copyFileSync(join(root, 'train/cat/000.png'), join(root, 'train/dog/900.png'));
      copyFileSync(join(root, 'train/cat/001.png'), join(root, 'train/cat/901.png'));
      copyFileSync(join(root, 'train/cat/002.png'), join(root, 'test/cat/902.png'));
    });
    const { train, test, notes } = await open({ dir, validation: 'test' });
    expect([train.count, test.count]).toEqual([10, 5]);
    expect(notes.slice(1)).toEqual([
      '2 images of train are equal to images of another class: involve data check lists them',
      '1 image of validation is in train too: involve data check lists them',
      '1 image of test is in train too: involve data check lists them',
    ]);
    expect((await open({ dir }, { splits: ['test'] })).notes).toEqual([]);
  });
});

describe('a cache folder that cannot be made', () => {
  it.runIf(process.platform === 'linux').each([
    ['/proc/nowhere/involve', 'its disk is not there (ENOENT)'],
    ['/dev/null/involve', 'a part of its path is a file (ENOTDIR)'],
  ])('%s: exit 3', async (cache, words) => {
    const error = await refusal({}, { cacheDir: cache });
    expect(error.exitCode).toBe(3);
    expect(error.problems).toEqual([
      {
        what: `the cache folder cannot be written: ${words}`,
        where: cache,
        try: 'set INVOLVE_CACHE_DIR to a folder with room for the decoded images',
      },
    ]);
  });
});

function blockFile(dir: string, part: string): string {
  const name = readdirSync(join(dir, 'pixels')).find((folder) => folder.startsWith(`image-folder-${part}`))!;
  return join(dir, 'pixels', name, 'pixels.bin');
}

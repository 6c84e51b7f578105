import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { systemError, watchFileCalls } from '../util/file-calls.testing.js';
import { openDataset } from './dataset.js';
import type { DataConfig } from './options.js';
import { dataConfig, temporaryFolder, writeImageFolder } from './sample-data.testing.js';

vi.mock('node:fs/promises', async (original) => {
  const { watchedPromises } = await import('../util/file-calls.testing.js');
  return watchedPromises(await original());
});

const dir = temporaryFolder();
let cacheDir: string;
beforeAll(() => writeImageFolder(dir, ['a', 'b'], { train: 6, test: 2 }));
beforeEach(() => {
  cacheDir = temporaryFolder();
  watchFileCalls();
});

/** Opens the set on a disk that is full for some of the blocks, by their number. */
function open(changes: Partial<DataConfig>, isFull: (block: number) => boolean = () => true) {
  let block = 0;
  watchFileCalls((call) => {
    if (call === 'sync pixels.bin' && isFull(block++)) throw systemError('ENOSPC');
  });
  return openDataset(dataConfig({ dir, ...changes }), { cacheDir });
}

it('a full disk ends what keeps all images, with the ways to go on', async () => {
  await expect(open({})).rejects.toMatchObject({
    code: 'E_DATA_CACHE_FULL',
    exitCode: 1,
    problems: [
      {
        where: cacheDir,
        try: 'set INVOLVE_CACHE_DIR to a folder with room for the decoded images, or decode them whenever they are needed: --set data.cache=none',
      },
    ],
  });
});

it('without the squares that a number of gigabytes is for a run goes on, and says so', async () => {
  const whole = await openDataset(dataConfig({ dir }), { cacheDir: temporaryFolder() });
  // Of each part the squares first, then what is known of the images.
  const set = await open({ cache: 1 }, (block) => block % 2 === 0);
  expect(set.fingerprint).toBe(whole.fingerprint);
  expect(set.notes).toEqual(
    ['train', 'test'].map(
      (part) =>
        `image-folder-${part}: the disk of the cache is full (${cacheDir}), so every image is decoded each time`,
    ),
  );
  const pixels = [new Uint8Array(192), new Uint8Array(192)] as const;
  whole.test.read(1, pixels[0], 0);
  await set.test.decoding!.fetch(1, pixels[1], null);
  expect(pixels[1]).toEqual(pixels[0]);
  await Promise.all([set.close(), whole.close()]);
});

it('does not speak of data.cache where that would not help', async () => {
  const scenes = { train: 12, test: 6, seed: 0 };
  await expect(open({ name: 'scenes', dir: null, scenes })).rejects.toMatchObject({
    problems: [{ try: 'set INVOLVE_CACHE_DIR to a folder with room for the decoded images' }],
  });
  await expect(open({ cache: 'none' })).rejects.toMatchObject({
    problems: [{ try: 'set INVOLVE_CACHE_DIR to a folder with room for the decoded images' }],
  });
});

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import { fileCalls, systemError, watchFileCalls } from '../../util/file-calls.testing.js';
import { temporaryFolder } from '../sample-data.testing.js';
import { ensureBlock, findBlock, type BlockRequest } from './pixel-cache.js';

vi.mock('node:fs/promises', async (original) => {
  const { watchedPromises } = await import('../../util/file-calls.testing.js');
  return watchedPromises(await original());
});

let cacheDir: string;
beforeEach(() => {
  cacheDir = temporaryFolder();
  watchFileCalls();
});

const request: BlockRequest = {
  part: {
    count: 2,
    labels: new Uint16Array(2),
    name: String,
    stamp: String,
    read: (index, _, out) => void out.fill(index),
  },
  indices: Uint32Array.of(0, 1),
  ...{ size: 8, version: '1', label: 'set-train' },
};

it('a block has its pixels and its index on the disk before it has its name', async () => {
  await ensureBlock(cacheDir, request);
  const order = fileCalls.filter((call) => /^(sync|rename) /.test(call));
  expect(order.slice(0, 2)).toEqual(['sync pixels.bin', 'sync index.json']);
  expect(order[2]).toMatch(/^rename .+ to set-train-8-/);
  expect(fileCalls.filter((call) => call.startsWith('close ')).sort()).toEqual([
    ...['close index.json', 'close pixels.bin'],
  ]);
});

it.each([
  ['ENOSPC', 'E_DATA_CACHE_FULL', 1],
  ['EDQUOT', 'E_DATA_CACHE_FULL', 1],
  ['EACCES', 'E_DATA_CACHE', 3],
  ['EROFS', 'E_DATA_CACHE', 3],
])('a block that cannot be written is none, and leaves nothing behind: %s', async (code, ours, exitCode) => {
  watchFileCalls((call) => {
    if (call === 'sync index.json') throw systemError(code);
  });
  await expect(ensureBlock(cacheDir, request)).rejects.toMatchObject({ code: ours, exitCode });
  expect(findBlock(cacheDir, request)).toBeNull();
  expect(readdirSync(join(cacheDir, 'pixels'))).toEqual([]);
});

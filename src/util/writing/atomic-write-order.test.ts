import type * as fs from 'node:fs';
import { statfsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { removeTemporaries, syncFolder, writeFileAtomic } from './atomic-write.js';
import { fileCalls, systemError, watchFileCalls } from '../file-calls.testing.js';
import { errorCode, explainWriteError } from '../system-error.js';

vi.mock('node:fs/promises', async (original) => {
  const { watchedPromises } = await import('../file-calls.testing.js');
  return watchedPromises(await original());
});

vi.mock('node:fs', async (original) => ({ ...(await original<typeof fs>()), statfsSync: vi.fn() }));

let folder: string;
let file: string;
let name: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'involve-order-'));
  name = basename(folder);
  file = join(folder, 'a.txt');
  watchFileCalls();
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('writeFileAtomic', () => {
  it('has the bytes on the disk before the name, and the name before it is done', async () => {
    await writeFileAtomic(file, ['a', 'b']);
    expect(fileCalls).toEqual([
      'open a.txt.tmp wx',
      'write a.txt.tmp',
      'write a.txt.tmp',
      'sync a.txt.tmp',
      'close a.txt.tmp',
      'rename a.txt.tmp to a.txt',
      `open ${name} r`,
      `sync ${name}`,
      `close ${name}`,
    ]);
  });

  it.each(['write', 'sync', 'close', 'rename'])('keeps the old file where its %s fails', async (step) => {
    writeFileSync(file, 'old');
    watchFileCalls((call) => {
      if (call.startsWith(`${step} a.txt.tmp`)) throw systemError('ENOSPC');
    });
    await expect(writeFileAtomic(file, 'new')).rejects.toMatchObject({ code: 'E_DISK_FULL', exitCode: 1 });
    expect(readFileSync(file, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['a.txt']);
  });

  it('closes its file where writing fails', async () => {
    watchFileCalls((call) => {
      if (call === 'write a.txt.tmp') throw systemError('EIO');
    });
    await expect(writeFileAtomic(file, 'new')).rejects.toMatchObject({
      code: 'E_DISK',
      cause: { code: 'EIO' },
    });
    expect(fileCalls).toEqual(['open a.txt.tmp wx', 'write a.txt.tmp', 'close a.txt.tmp']);
  });

  it('writes a text or bytes at once, and on where the system takes only a part', async () => {
    const bytes = Uint8Array.from({ length: 5 }, (_, i) => 97 + i);
    for (const [content, most, writes] of [
      ['abcde', Infinity, 1],
      [bytes, Infinity, 1],
      ['abcde', 2, 3],
      [bytes, 2, 3],
      [['abc', 'de'], 2, 3],
    ] as const) {
      watchFileCalls(undefined, most);
      await writeFileAtomic(file, content);
      expect(readFileSync(file, 'utf8')).toBe('abcde');
      expect(fileCalls.filter((call) => call === 'write a.txt.tmp')).toHaveLength(writes);
    }
  });

  it('takes another name where a killed process left one of its own', async () => {
    let first = true;
    watchFileCalls((call) => {
      if (call !== 'open a.txt.tmp wx' || !first) return;
      first = false;
      throw systemError('EEXIST');
    });
    await writeFileAtomic(file, 'new');
    expect(fileCalls.filter((call) => call.startsWith('open a.txt.tmp'))).toHaveLength(2);
    expect(readFileSync(file, 'utf8')).toBe('new');
  });
});

describe('syncFolder', () => {
  it.each(['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES'])(
    'does without where folders cannot be synced: %s',
    async (code) => {
      watchFileCalls((call) => {
        if (call.startsWith('sync ')) throw systemError(code);
      });
      await expect(syncFolder(folder)).resolves.toBeUndefined();
      expect(fileCalls).toEqual([`open ${name} r`, `sync ${name}`, `close ${name}`]);
    },
  );

  it('tells what else goes wrong', async () => {
    watchFileCalls((call) => {
      if (call.startsWith('sync ')) throw systemError('EIO');
    });
    await expect(syncFolder(folder)).rejects.toThrow('EIO');
    await expect(syncFolder(join(folder, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

it('removeTemporaries takes the names of writers alone', async () => {
  const others = ['a.txt', '.a.txt.tmp', '.a.txt.1.tmp', 'a.txt.1-2.tmp', '.a.txt.1-2.tmp.old', '..1-2.tmp.'];
  for (const other of ['.a.1-2.tmp', '.b.txt.12-34.tmp', ...others]) writeFileSync(join(folder, other), '');
  await removeTemporaries(folder);
  expect(readdirSync(folder).sort()).toEqual([...others].sort());
});

describe('a full disk', () => {
  const advice = (): string | undefined => explainWriteError(systemError('ENOSPC'), file)?.problems[0].try;

  it.each([
    [999, '999 bytes'],
    [1000, '1.0 kB'],
    [999_900, '999.9 kB'],
    [1e6, '1.0 MB'],
    [999.9e6, '999.9 MB'],
    [1e9, '1.0 GB'],
  ])('says how much is free: %d bytes', (bytes, words) => {
    vi.mocked(statfsSync).mockReturnValue({ bavail: bytes / 2, bsize: 2 } as never);
    expect(advice()).toBe(`free some space; ${words} are free there now; what was saved before is unchanged`);
    expect(vi.mocked(statfsSync)).toHaveBeenCalledWith(folder);
  });

  it('says nothing of it where that cannot be told', () => {
    vi.mocked(statfsSync).mockImplementation(() => {
      throw systemError('ENOSYS');
    });
    expect(advice()).toBe('free some space; what was saved before is unchanged');
  });
});

it('removeTemporaries does not mind another that removes them too', async () => {
  for (let i = 0; i < 50; i++) writeFileSync(join(folder, `.a.1-${i}.tmp`), '');
  await Promise.all([1, 2, 3].map(() => removeTemporaries(folder)));
  expect(readdirSync(folder)).toEqual([]);
});

it('errorCode is the system’s, or none', () => {
  expect([systemError('EIO'), new Error('x'), { code: 5 }, null, undefined, 'EIO'].map(errorCode)).toEqual([
    ...['EIO', '', '', '', '', ''],
  ]);
});

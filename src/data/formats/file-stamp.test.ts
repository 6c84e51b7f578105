import type * as fs from 'node:fs';
import { renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../sample-data.testing.js';

const fuse = 0x65735546;
let type: number | undefined;
vi.mock('node:fs', async (original) => {
  const real = await original<typeof fs>();
  const statfsSync = (path: string) => ({
    ...real.statfsSync(path),
    type: type ?? real.statfsSync(path).type,
  });
  return { ...real, statfsSync };
});

afterEach(() => {
  type = undefined;
  vi.resetModules();
});

/** Loaded anew: what a file system is, is asked once. */
async function stampOf(path: string): Promise<string> {
  const { fileStamp } = await import('./file-stamp.js');
  return fileStamp('image', path);
}

function write(path: string, text: string): string {
  writeFileSync(path, text);
  utimesSync(path, 1_577_836_800, 1_577_836_800);
  return path;
}

describe('fileStamp', () => {
  it('is another for another content of the same size and time', async () => {
    const path = write(join(temporaryFolder(), 'a'), 'one');
    const before = await stampOf(path);
    expect(await stampOf(path)).toBe(before);
    const { ctimeMs } = statSync(path);
    // The clock that files are stamped with ticks every few milliseconds.
    do write(path, 'two');
    while (statSync(path).ctimeMs === ctimeMs);
    expect(statSync(path).size).toBe(3);
    expect(await stampOf(path)).not.toBe(before);
    expect(await stampOf(write(join(temporaryFolder(), 'a'), 'one'))).not.toBe(before);
  });

  it('stays with a file that is moved', async () => {
    const folder = temporaryFolder();
    const path = write(join(folder, 'a'), 'one');
    const before = await stampOf(path);
    renameSync(folder, `${folder}-moved`);
    expect(await stampOf(join(`${folder}-moved`, 'a'))).toBe(before);
    renameSync(`${folder}-moved`, folder);
  });

  it.runIf(process.platform === 'linux')(
    'is made of both ends of a file where its system cannot say when it was changed',
    async () => {
      type = fuse;
      const [first, same] = ['a', 'b'].map((name) => write(join(temporaryFolder(), name), 'one'));
      expect(await stampOf(first!)).toBe(await stampOf(same!));
      const long = 'x'.repeat(100_000);
      const path = write(join(temporaryFolder(), 'long'), long);
      const stamps = [await stampOf(path)];
      for (const text of [`y${long.slice(1)}`, `${long.slice(1)}y`])
        stamps.push(await stampOf(write(path, text)));
      expect(new Set(stamps).size).toBe(3);
    },
  );

  it('of what cannot be looked at says so', async () => {
    expect(await stampOf('/nowhere/at/all')).toBe('image|ENOENT');
  });
});

import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { makeFolder } from './make-folder.js';

const folder = mkdtempSync(join(tmpdir(), 'involve-make-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('makeFolder', () => {
  const path = (...parts: string[]): string => join(folder, ...parts);

  it('makes what is missing, and leaves what is there', async () => {
    await makeFolder(path('a'));
    expect(await makeFolder(path('a', 'b', 'c'))).toEqual([path('a', 'b'), path('a', 'b', 'c')]);
    expect(await makeFolder(path('a', 'b', 'c'))).toEqual([]);
    expect(statSync(path('a', 'b', 'c')).isDirectory()).toBe(true);
    await Promise.all([1, 2, 3, 4].map(() => makeFolder(path('many', 'at', 'once'))));
    expect(existsSync(path('many', 'at', 'once'))).toBe(true);
  });

  it('follows a link to a folder', async () => {
    await makeFolder(path('real'));
    symlinkSync(path('real'), path('link'));
    await makeFolder(path('link', 'in', 'it'));
    expect(existsSync(path('real', 'in', 'it'))).toBe(true);
  });

  it('says what stands in the way', async () => {
    await makeFolder(path());
    writeFileSync(path('file'), '');
    await expect(makeFolder(path('file'))).rejects.toMatchObject({ code: 'EEXIST', path: path('file') });
    symlinkSync(path('nowhere'), path('dangling'));
    await expect(makeFolder(path('dangling'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(path('file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(process.platform !== 'linux')('comes back where the system denies its own folders', async () => {
    await expect(makeFolder(`/proc/${process.pid}/involve/a`)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

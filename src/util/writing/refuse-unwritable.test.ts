import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { refuseUnwritable, refuseUnwritableFile } from './refuse-unwritable.js';

/** The system asks who started a process, not as whom it goes on, so what it says is put into its mouth. */
const refusal = vi.hoisted(() => ({ code: '', asked: [] as string[] }));
vi.mock(import('node:fs'), async (original) => {
  const fs = await original();
  return {
    ...fs,
    accessSync: (path: string, mode?: number) => {
      refusal.asked.push(path);
      if (refusal.code !== '') throw Object.assign(new Error('no'), { code: refusal.code, errno: -13, path });
      fs.accessSync(path, mode);
    },
  } as typeof fs;
});

let folder: string;
beforeEach(() => {
  Object.assign(refusal, { code: '', asked: [] });
  folder = mkdtempSync(join(tmpdir(), 'involve-unwritable-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a folder to write into', () => {
  it('may be there, or be made, and is not made yet', () => {
    refuseUnwritable(folder);
    refuseUnwritable(join(folder, 'a', 'b'));
    expect(readdirSync(folder)).toEqual([]);
  });

  it.each([['taken'], ['taken/below/it']])('is none where a file stands in the way: %s', (name) => {
    writeFileSync(join(folder, 'taken'), '');
    const path = join(folder, name);
    expect(() => refuseUnwritable(path)).toThrowError(
      expect.objectContaining({ exitCode: 2, code: 'E_NOT_WRITABLE' }),
    );
  });

  it('is none where the user may not write, be it there or above', () => {
    for (const path of [folder, join(folder, 'new', 'er')]) {
      refusal.code = 'EACCES';
      expect(() => refuseUnwritable(path)).toThrowError(
        expect.objectContaining({ exitCode: 2, message: `no permission to write ${basename(path)}` }),
      );
    }
    expect(refusal.asked).toEqual([folder, folder]);
  });
});

describe('a file to write', () => {
  it('may be new, be there already, or be a device', () => {
    refuseUnwritableFile(join(folder, 'a.png'));
    writeFileSync(join(folder, 'a.png'), '');
    refuseUnwritableFile(join(folder, 'a.png'));
    refuseUnwritableFile('/dev/stdout');
    expect(readdirSync(folder)).toEqual(['a.png']);
  });

  it('is none in a folder that is not there, which is the one to make', () => {
    expect(() => refuseUnwritableFile(join(folder, 'none', 'a.png'))).toThrowError(
      expect.objectContaining({ exitCode: 2, message: `there is no folder ${join(folder, 'none')}` }),
    );
  });
});

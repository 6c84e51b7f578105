import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTemporaries, writeFileAtomic, writeFileAtomicSync, type FileContent } from './atomic-write.js';

/** Root may, unless the container takes that from it; and what is made may be closed, where a disk has no devices. */
const canMakeDevices = ((): boolean => {
  const dir = mkdtempSync(join(tmpdir(), 'involve-device-'));
  try {
    execFileSync('mknod', [join(dir, 'null'), 'c', '1', '3'], { stdio: 'ignore' });
    writeFileSync(join(dir, 'null'), 'x');
    return true;
  } catch {
    return false;
  } finally {
    rmSync(dir, { recursive: true });
  }
})();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'involve-atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

const write = async (how: string, path: string, content: FileContent): Promise<void> =>
  how === 'writeFileAtomic' ? writeFileAtomic(path, content) : writeFileAtomicSync(path, content);

describe.each(['writeFileAtomic', 'writeFileAtomicSync'])('%s', (how) => {
  it('replaces a file and leaves nothing else behind', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'a longer text than the new one');
    await write(how, file, 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('joins parts in order', async () => {
    const file = join(folder, 'parts.bin');
    await write(how, file, ['head ', new Uint8Array([98, 111, 100, 121]), ' tail']);
    expect(await readFile(file, 'utf8')).toBe('head body tail');
  });

  it('keeps the old content and removes its temporary file when a part fails', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'old');
    function* failing(): Generator<string> {
      yield 'half';
      throw new Error('no more');
    }
    await expect(write(how, file, failing())).rejects.toThrow('no more');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('leaves a link one, and replaces what it leads to', async () => {
    const file = join(folder, 'sub', 'real.txt');
    await mkdir(join(folder, 'sub'));
    await writeFile(file, 'old');
    await symlink(join('sub', 'real.txt'), join(folder, 'link'));
    await symlink('link', join(folder, 'link of link'));
    await write(how, join(folder, 'link of link'), 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect((await lstat(join(folder, 'link of link'))).isSymbolicLink()).toBe(true);
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
    expect(await readdir(join(folder, 'sub'))).toEqual(['real.txt']);
  });

  it('makes what a link leads to where there is nothing yet', async () => {
    await symlink('later.txt', join(folder, 'link'));
    await write(how, join(folder, 'link'), 'new');
    expect(await readFile(join(folder, 'later.txt'), 'utf8')).toBe('new');
    expect((await lstat(join(folder, 'link'))).isSymbolicLink()).toBe(true);
  });

  it('refuses links that go round in a circle', async () => {
    await symlink('b', join(folder, 'a'));
    await symlink('a', join(folder, 'b'));
    await expect(write(how, join(folder, 'a'), 'new')).rejects.toMatchObject({ exitCode: 2 });
    expect((await readdir(folder)).sort()).toEqual(['a', 'b']);
  });

  it('replaces no folder', async () => {
    await mkdir(join(folder, 'a'));
    await expect(write(how, join(folder, 'a'), 'new')).rejects.toMatchObject({ exitCode: 2 });
    expect((await lstat(join(folder, 'a'))).isDirectory()).toBe(true);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it.skipIf(process.platform === 'win32')('writes into a pipe, and leaves it one', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
    const read = text(reader.stdout);
    await write(how, pipe, ['of ', 'two parts']);
    expect(await read).toBe('of two parts');
    expect((await lstat(pipe)).isFIFO()).toBe(true);
  });

  // A device of its own, made as the system's: a fault in this must not take that away.
  it.runIf(canMakeDevices)('tells that a device is full, and leaves it there', async () => {
    const device = join(folder, 'full');
    execFileSync('mknod', [device, 'c', '1', '7']);
    await expect(write(how, device, 'x')).rejects.toMatchObject({ code: 'E_DISK_FULL', exitCode: 1 });
    expect((await lstat(device)).isCharacterDevice()).toBe(true);
  });

  it('says which folder is missing', async () => {
    await expect(write(how, join(folder, 'none', 'a.txt'), 'x')).rejects.toMatchObject({
      code: 'E_NOT_WRITABLE',
      exitCode: 2,
      message: `there is no folder ${join(folder, 'none')}`,
    });
  });
});

describe('writeFileAtomic', () => {
  it('never shares a temporary file between writers, and the last one wins whole', async () => {
    const file = join(folder, 'a.txt');
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(5000));
    await Promise.all(texts.map((text) => writeFileAtomic(file, text)));
    expect(texts).toContain(await readFile(file, 'utf8'));
    expect(await readdir(folder)).toEqual(['a.txt']);
  });
});

describe('removeTemporaries', () => {
  it('removes what a killed process left, and nothing else', async () => {
    for (const name of ['.a.txt.123-4.tmp', 'a.txt', '.hidden', 'a.tmp'])
      await writeFile(join(folder, name), '');
    await removeTemporaries(folder);
    expect((await readdir(folder)).sort()).toEqual(['.hidden', 'a.tmp', 'a.txt']);
  });

  it('does not mind a folder that is not there, and makes none', async () => {
    await expect(removeTemporaries(join(folder, 'none'))).resolves.toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });
});

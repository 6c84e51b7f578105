import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { explainWriteError, removeTemporaries, writeFileAtomic } from './atomic-write.js';
import type { InvolveError } from './errors.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'involve-atomic-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('writeFileAtomic', () => {
  it('replaces a file and leaves nothing else behind', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'a longer text than the new one');
    await writeFileAtomic(file, 'new');
    expect(await readFile(file, 'utf8')).toBe('new');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('joins parts in order', async () => {
    const file = join(folder, 'parts.bin');
    await writeFileAtomic(file, ['head ', new Uint8Array([98, 111, 100, 121]), ' tail']);
    expect(await readFile(file, 'utf8')).toBe('head body tail');
  });

  it('keeps the old content and removes its temporary file when a part fails', async () => {
    const file = join(folder, 'a.txt');
    await writeFile(file, 'old');
    function* failing(): Generator<string> {
      yield 'half';
      throw new Error('no more');
    }
    await expect(writeFileAtomic(file, failing())).rejects.toThrow('no more');
    expect(await readFile(file, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['a.txt']);
  });

  it('says which folder is missing', async () => {
    await expect(writeFileAtomic(join(folder, 'none', 'a.txt'), 'x')).rejects.toMatchObject({
      code: 'E_NOT_WRITABLE',
      exitCode: 2,
      message: `there is no folder ${join(folder, 'none')}`,
    });
  });

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

describe('explainWriteError', () => {
  const explain = (code: string): InvolveError | undefined =>
    explainWriteError(Object.assign(new Error(code), { code }), join(folder, 'a.txt'));

  it('calls a full disk a failed run, and says how much is free', () => {
    const error = explain('ENOSPC');
    expect(error).toMatchObject({
      code: 'E_DISK_FULL',
      exitCode: 1,
      message: 'the disk is full: cannot write a.txt',
    });
    expect(error?.problems[0]).toEqual({
      what: 'the disk is full: cannot write a.txt',
      where: join(folder, 'a.txt'),
      try: expect.stringMatching(
        /^free some space; [\d.]+ [kMG]B are free there now; what was saved before is unchanged$/,
      ),
    });
    expect(explain('EDQUOT')?.code).toBe('E_DISK_FULL');
  });

  it('calls a place that cannot be written to bad input', () => {
    expect(explain('EACCES')).toMatchObject({ code: 'E_NOT_WRITABLE', exitCode: 2 });
    expect(explain('EACCES')?.message).toBe('no permission to write a.txt');
    expect(explain('EROFS')?.message).toBe('a.txt is on a read-only disk');
  });

  it.each([
    ['EFBIG', 'E_DISK_FULL', 1, 'the file size limit does not allow to write a.txt'],
    ['EPERM', 'E_NOT_WRITABLE', 2, 'no permission to write a.txt'],
    ['ENOENT', 'E_NOT_WRITABLE', 2, 'there is no folder '],
    ['ENOTDIR', 'E_NOT_WRITABLE', 2, 'there is no folder '],
  ])('has words for %s', (code, ours, exitCode, words) => {
    const error = explain(code)!;
    expect([error.code, error.exitCode]).toEqual([ours, exitCode]);
    expect(error.message.startsWith(words)).toBe(true);
    expect(error.problems[0]).toMatchObject({ where: join(folder, 'a.txt'), try: expect.any(String) });
    expect((error.cause as { code: string }).code).toBe(code);
  });

  it('leaves everything else alone', () => {
    expect(explain('EIO')).toBeUndefined();
    expect(explainWriteError('text', 'a.txt')).toBeUndefined();
  });
});

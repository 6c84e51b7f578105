import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTemporaries, writeFileAtomic, writeFileAtomicSync, type FileContent } from './atomic-write.js';

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

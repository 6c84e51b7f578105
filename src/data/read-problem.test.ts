import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InvolveError } from '../util/errors.js';
import { detectLayout } from './detect-layout.js';
import { openSource } from './open-source.js';
import { isFolder, reading } from './read-problem.js';
import { dataConfig, temporaryFolder } from './sample-data.testing.js';

const dir = temporaryFolder();
symlinkSync('self', join(dir, 'self'));
const long = join(dir, 'x'.repeat(300));

const unreadable = [
  ['self', join(dir, 'self'), 'the folder cannot be read: a link that leads to itself (ELOOP)'],
  [
    'a name of 300 letters',
    long,
    'the folder cannot be read: a name that is too long for this system (ENAMETOOLONG)',
  ],
] as const;

describe('a folder that the system keeps from everyone', () => {
  it.each(unreadable)('%s: exit 2 in words, wherever it is asked for', async (_, path, what) => {
    for (const name of ['image-folder', 'intel', 'cifar10', 'fashion-mnist'] as const) {
      const refused = openSource(dataConfig({ name, dir: path }));
      await expect(refused).rejects.toMatchObject({ exitCode: 2, problems: [{ what, where: path }] });
    }
    await expect(detectLayout(path)).rejects.toMatchObject({ exitCode: 2 });
  });

  it('is none where there is nothing, or a file', () => {
    writeFileSync(join(dir, 'file'), '');
    expect([join(dir, 'file'), join(dir, 'nothing'), join(dir, 'file/below')].map(isFolder)).toEqual([
      false,
      false,
      false,
    ]);
    expect(isFolder(dir)).toBe(true);
  });
});

describe('reading', () => {
  const failing = (code: string) => (): never => {
    throw Object.assign(new Error(`${code}: no`), { code });
  };

  it('says what is no matter of the machine', () => {
    const read = (): unknown => reading('a file of CIFAR-10', '/data/x.bin', failing('EACCES'));
    expect(read).toThrow(InvolveError);
    expect(read).toThrow('a file of CIFAR-10 cannot be read: this user may not read it (EACCES)');
  });

  it.each(['EMFILE', 'EIO', 'ENOMEM'])('leaves %s to whoever knows the machine', (code) => {
    expect(() => reading('a file', '/data/x', failing(code))).toThrow(`${code}: no`);
  });
});

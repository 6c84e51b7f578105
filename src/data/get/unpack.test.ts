import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { InvolveError } from '../../util/errors.js';
import { temporaryFolder } from '../sample-data.testing.js';
import { makeTarGz, makeZip } from './archive.testing.js';
import type { TarEntry, ZipEntry } from './archive.testing.js';
import { unpack } from './unpack.js';
import type { UnpackOptions } from './unpack.js';

const limits = { maximumBytes: 100_000 };

function place(content: Buffer): { file: string; dir: string; root: string } {
  const root = temporaryFolder();
  const file = join(root, 'archive');
  const dir = join(root, 'out', 'deep');
  writeFileSync(file, content);
  mkdirSync(dir, { recursive: true });
  return { file, dir, root };
}

async function refusal(content: Buffer, format: UnpackOptions['format']): Promise<[InvolveError, string]> {
  const { file, dir, root } = place(content);
  const error = await unpack(file, dir, { format, ...limits }).then(
    () => expect.fail('expected it to be refused'),
    (reason: unknown) => reason as InvolveError,
  );
  expect(error.exitCode).toBe(2);
  return [error, root];
}

const tar = (...entries: TarEntry[]): Buffer => makeTarGz([{ path: 'a/good', content: 'fine' }, ...entries]);
const zip = (...entries: ZipEntry[]): Buffer => makeZip([{ name: 'a/good', content: 'fine' }, ...entries]);

it('a zip of a system without modes is one of files and folders', async () => {
  const { file, dir } = place(
    makeZip([
      { name: 'a/', content: '', mode: 0 },
      { name: 'a/b.txt', content: 'text', mode: 0 },
    ]),
  );
  await unpack(file, dir, { format: 'zip', ...limits });
  expect(readFileSync(join(dir, 'a/b.txt'), 'utf8')).toBe('text');
});

describe.each([
  ['tar.gz', tar({ path: 'a/b/', type: 'Directory' }, { path: 'a/b/c.txt', content: 'text' })],
  ['zip', zip({ name: 'a/b/', content: '' }, { name: 'a/b/c.txt', content: 'text' })],
] as const)('unpack %s', (format, content) => {
  it('writes files and folders', async () => {
    const { file, dir } = place(content);
    await unpack(file, dir, { format, ...limits });
    expect(readFileSync(join(dir, 'a/good'), 'utf8')).toBe('fine');
    expect(readFileSync(join(dir, 'a/b/c.txt'), 'utf8')).toBe('text');
  });

  it('counts the entries that it takes', async () => {
    const { file, dir } = place(content);
    const counts: number[] = [];
    await unpack(file, dir, { format, ...limits, onProgress: (entries) => counts.push(entries) });
    expect(counts).toEqual([1, 2, 3]);
  });

  it('takes only the folders that are wanted', async () => {
    const { file, dir } = place(content);
    await unpack(file, dir, { format, only: ['b'], ...limits });
    expect(readdirSync(join(dir, 'a'))).toEqual(['b']);
  });

  it('refuses what is cut short, and what is no archive', async () => {
    for (const bad of [
      content.subarray(0, content.length - 40),
      Buffer.from('<html>not found</html>'),
      Buffer.alloc(0),
    ]) {
      const [error] = await refusal(bad, format);
      expect(error.code).toBe('E_ARCHIVE');
      expect(error.message).toMatch(/^the archive is damaged, cut short or no (zip|tar\.gz): /);
    }
  });

  it('refuses more bytes than the set can have', async () => {
    const big = Buffer.alloc(200_000);
    const bomb = format === 'zip' ? zip({ name: 'big', content: big }) : tar({ path: 'big', content: big });
    const [error] = await refusal(bomb, format);
    expect(error.message).toBe(
      'the archive was refused: it unpacks to more than the 100000 bytes that this data set can have',
    );
  });
});

describe('entries that lead elsewhere', () => {
  it.each([
    ['tar.gz', 'up', tar({ path: '../../evil', content: 'x' })],
    ['tar.gz', 'up from within', tar({ path: 'a/../../../evil', content: 'x' })],
    ['tar.gz', 'absolute', tar({ path: '/tmp/involve-evil', content: 'x' })],
    ['zip', 'up', zip({ name: '../../evil', content: 'x' })],
    ['zip', 'up with backslashes', zip({ name: '..\\..\\evil', content: 'x' })],
    ['zip', 'absolute', zip({ name: '/tmp/involve-evil', content: 'x' })],
    ['zip', 'a drive', zip({ name: 'C:/evil', content: 'x' })],
  ] as const)('%s: %s', async (format, _, content) => {
    const [error, root] = await refusal(content, format);
    expect(error.code).toMatch(/^E_ARCHIVE/);
    expect(existsSync(join(root, 'evil'))).toBe(false);
    expect(existsSync(join(root, 'out/evil'))).toBe(false);
    expect(existsSync('/tmp/involve-evil')).toBe(false);
  });

  it.each([
    ['tar.gz', 'a link', tar({ path: 'link', type: 'SymbolicLink', linkpath: '/etc' })],
    ['tar.gz', 'a hard link', tar({ path: 'link', type: 'Link', linkpath: 'a/good' })],
    ['tar.gz', 'a device', tar({ path: 'link', type: 'CharacterDevice' })],
    ['zip', 'a link', zip({ name: 'link', content: '/etc', mode: 0o120777 })],
  ] as const)('%s: %s', async (format, _, content) => {
    const [error, root] = await refusal(content, format);
    expect(error.code).toBe('E_ARCHIVE_UNSAFE');
    expect(error.message).toBe('the archive was refused: an entry is neither file nor folder: "link"');
    expect(existsSync(join(root, 'out/deep/link'))).toBe(false);
  });
});

describe('zip', () => {
  it('checks the checksum of every file', async () => {
    const [error] = await refusal(zip({ name: 'a/bad', content: 'other', crc: 1 }), 'zip');
    expect(error.message).toMatch(/wrong checksum of a\/bad$/);
  });
});

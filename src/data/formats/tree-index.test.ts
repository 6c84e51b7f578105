import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../sample-data.testing.js';
import type { ClassTree } from './class-folder.js';
import { listClassTree, treePart } from './folder-tree.js';

/** As many as make a listing worth keeping. */
const perClass = 10_000;
const dir = join(temporaryFolder(), 'train');

beforeAll(() => {
  for (const name of ['cat', 'dog/inner']) {
    mkdirSync(join(dir, name), { recursive: true });
    for (let i = 0; i < perClass; i++) writeFileSync(join(dir, name, `${i}-é.png`), '');
  }
  writeFileSync(join(dir, 'cat/notes.txt'), '');
  writeFileSync(join(dir, 'cat/old.heic'), '');
  const elsewhere = temporaryFolder();
  writeFileSync(join(elsewhere, 'one.png'), '');
  symlinkSync(elsewhere, join(dir, 'dog/linked'));
  symlinkSync('0-é.png', join(dir, 'cat/again.png'));
});

afterEach(() => {
  vi.useRealTimers();
});

/** A minute from now, when the folders have settled. */
function later(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
}

/** What of a tree matters to whoever opens it. */
function shown(tree: ClassTree): unknown {
  const classes = tree.classes.map(({ name }) => name);
  const part = treePart(tree, classes);
  const names = Array.from({ length: part.count }, (_, i) => part.name(i));
  const { ignored, unread, repeated, outside, problems, unkept } = tree;
  const links = tree.classes.map(({ folders, links }) => [[...folders], [...links]]);
  return { classes, names, labels: part.labels, links, ignored, unread, repeated, outside, problems, unkept };
}

function indexes(cacheDir: string): string[] {
  const folder = join(cacheDir, 'indexes');
  return existsSync(folder) ? readdirSync(folder) : [];
}

describe('the kept listing of a large tree', () => {
  it('is what listing it gives', async () => {
    const cacheDir = temporaryFolder();
    later();
    const listed = shown(await listClassTree(dir, null));
    expect(shown(await listClassTree(dir, cacheDir))).toEqual(listed);
    expect(indexes(cacheDir)).toHaveLength(1);
    expect(shown(await listClassTree(dir, cacheDir))).toEqual(listed);
    const part = treePart(await listClassTree(dir, cacheDir), ['cat', 'dog']);
    expect(part.count).toBe(2 * perClass + 1);
    expect(part.stamp(7)).toBe(treePart(await listClassTree(dir, null), ['cat', 'dog']).stamp(7));
  });

  it('is taken: the files are not listed again', async () => {
    const cacheDir = temporaryFolder();
    later();
    await listClassTree(dir, cacheDir);
    const folders = await import('./read-folder.js');
    const spy = vi.spyOn(folders, 'readFolder');
    try {
      expect((await listClassTree(dir, cacheDir)).classes).toHaveLength(2);
      expect(spy).not.toHaveBeenCalled();
    } finally {
      spy.mockRestore();
    }
  });

  it.each<[string, () => void, () => void]>([
    [
      'an image comes',
      () => writeFileSync(join(dir, 'dog/inner/new.png'), ''),
      () => rmSync(join(dir, 'dog/inner/new.png')),
    ],
    [
      'an image goes',
      () => rmSync(join(dir, 'cat/5-é.png')),
      () => writeFileSync(join(dir, 'cat/5-é.png'), ''),
    ],
    [
      'an image is renamed',
      () => renameSync(join(dir, 'cat/5-é.png'), join(dir, 'cat/5.png')),
      () => renameSync(join(dir, 'cat/5.png'), join(dir, 'cat/5-é.png')),
    ],
    ['a class comes', () => mkdirSync(join(dir, 'ox')), () => rmSync(join(dir, 'ox'), { recursive: true })],
    [
      'a link leads elsewhere',
      () => {
        rmSync(join(dir, 'dog/linked'));
        symlinkSync(temporaryFolder(), join(dir, 'dog/linked'));
      },
      () => {},
    ],
  ])('is none where %s', async (_, change, undo) => {
    const cacheDir = temporaryFolder();
    later();
    await listClassTree(dir, cacheDir);
    vi.useRealTimers();
    change();
    try {
      expect(shown(await listClassTree(dir, cacheDir))).toEqual(shown(await listClassTree(dir, null)));
    } finally {
      undo();
    }
  });

  it('is none where what a link leads to becomes something else', async () => {
    const target = join(temporaryFolder(), 'thing');
    writeFileSync(target, '');
    symlinkSync(target, join(dir, 'cat/thing'));
    const cacheDir = temporaryFolder();
    later();
    const before = treePart(await listClassTree(dir, cacheDir), ['cat', 'dog']).count;
    rmSync(target);
    mkdirSync(target);
    writeFileSync(join(target, 'inside.png'), '');
    expect(treePart(await listClassTree(dir, cacheDir), ['cat', 'dog']).count).toBe(before + 1);
    rmSync(join(dir, 'cat/thing'));
  });

  it('says nothing of what is in the files: their stamps do', async () => {
    const cacheDir = temporaryFolder();
    later();
    const before = treePart(await listClassTree(dir, cacheDir), ['cat', 'dog']);
    const names = Array.from({ length: before.count }, (_, i) => before.name(i));
    const index = names.indexOf(join(dir, 'cat/1000-é.png'));
    const stamp = before.stamp(index);
    appendFileSync(join(dir, 'cat/1000-é.png'), 'x');
    const part = treePart(await listClassTree(dir, cacheDir), ['cat', 'dog']);
    expect(part.name(index)).toBe(names[index]);
    expect(part.stamp(index)).not.toBe(stamp);
  });

  it('is not made of folders that changed a moment ago', async () => {
    const cacheDir = temporaryFolder();
    writeFileSync(join(dir, 'cat/x.png'), '');
    rmSync(join(dir, 'cat/x.png'));
    await listClassTree(dir, cacheDir);
    expect(indexes(cacheDir)).toEqual([]);
  });

  it('is not made of a tree in which something is wrong, nor of a small one', async () => {
    const cacheDir = temporaryFolder();
    symlinkSync('/nowhere', join(dir, 'cat/gone'));
    later();
    expect((await listClassTree(dir, cacheDir)).problems).toHaveLength(1);
    rmSync(join(dir, 'cat/gone'));
    const small = temporaryFolder();
    mkdirSync(join(small, 'cat'));
    writeFileSync(join(small, 'cat/0.png'), '');
    await listClassTree(small, cacheDir);
    expect(indexes(cacheDir)).toEqual([]);
  });

  it('that cannot be written is said, and stops nothing', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    later();
    const tree = await listClassTree(dir, file);
    expect(tree.classes).toHaveLength(2);
    expect(tree.unkept).toMatch(/ENOTDIR|EEXIST/);
  });
});

import { appendFileSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { DataSource, SourcePart } from '../../source.js';
import { temporaryFolder } from '../../sample-data.testing.js';
import { openLabelFile } from './open.js';
import type { LabelFileOptions } from './tables.js';
import * as table from './read-table.js';

vi.mock('./read-table.js', async (original) => {
  const real = await original<typeof table>();
  return { ...real, readTable: vi.fn(real.readTable) };
});

/** As many as make rows worth keeping. */
const count = 20_000;
const dir = temporaryFolder();
const usual: LabelFileOptions = {
  file: null,
  image: 'file_name',
  label: 'label',
  split: null,
  classes: null,
};

beforeAll(() => {
  const rows = ['file_name,label,other'];
  for (const split of ['train', 'test']) {
    mkdirSync(join(dir, split));
    for (let i = 0; i < count / 2; i++) {
      writeFileSync(join(dir, split, `${i}-é.png`), '');
      rows.push(`${split}/${i}-é.png,${['dog', 'cat', 'ox'][i % 3]},${['a', 'b'][i % 2]}`);
    }
  }
  writeFileSync(join(dir, 'metadata.csv'), rows.join('\n'));
});

afterEach(() => {
  vi.useRealTimers();
});

/** A minute from now, when folders and table have settled. */
function later(): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
}

function shown({ classes, notes, train, test }: DataSource): unknown {
  const rows = (part: SourcePart) => [...part.labels].map((label, i) => [label, part.name(i)]);
  return { classes, notes, train: rows(train), test: rows(test), stamp: train.stamp(77) };
}

/** Opens the set, and says how many tables were read for that. */
async function open(cacheDir: string | null, changes: Partial<LabelFileOptions> = {}) {
  vi.mocked(table.readTable).mockClear();
  const source = await openLabelFile(dir, { ...usual, ...changes }, cacheDir);
  return { shown: shown(source), read: vi.mocked(table.readTable).mock.calls.length };
}

describe('the kept rows of a large table', () => {
  it('are what reading it gives, and it is not read again', async () => {
    const cacheDir = temporaryFolder();
    later();
    const plain = await open(null);
    expect(plain.read).toBe(1);
    expect(await open(cacheDir)).toEqual(plain);
    expect(readdirSync(join(cacheDir, 'indexes'))).toHaveLength(1);
    expect(await open(cacheDir)).toEqual({ ...plain, read: 0 });
  });

  it('are those of the columns that are asked for', async () => {
    const cacheDir = temporaryFolder();
    later();
    await open(cacheDir);
    const other = await open(cacheDir, { label: 'other' });
    expect(other).toEqual({ ...(await open(null, { label: 'other' })), read: 1 });
    expect(other.shown).toMatchObject({ classes: ['a', 'b'] });
  });

  it.each<[string, () => void]>([
    ['a row comes', () => appendFileSync(join(dir, 'metadata.csv'), '\ntrain/more.png,cat,a')],
    ['an image comes', () => writeFileSync(join(dir, 'train/another.png'), '')],
  ])('are none where %s', async (_, change) => {
    writeFileSync(join(dir, 'train/more.png'), '');
    const cacheDir = temporaryFolder();
    later();
    await open(cacheDir);
    vi.useRealTimers();
    change();
    expect(await open(cacheDir)).toEqual(await open(null));
  });

  it('are none where an image goes: that is a problem', async () => {
    const cacheDir = temporaryFolder();
    later();
    await open(cacheDir);
    vi.useRealTimers();
    rmSync(join(dir, 'train/5-é.png'));
    await expect(open(cacheDir)).rejects.toThrow('the image is not there: train/5-é.png');
    writeFileSync(join(dir, 'train/5-é.png'), '');
  });

  it('are not made of what changed a moment ago', async () => {
    const cacheDir = temporaryFolder();
    appendFileSync(join(dir, 'metadata.csv'), '\n');
    await open(cacheDir);
    expect(existsSync(join(cacheDir, 'indexes'))).toBe(false);
  });

  it('that cannot be written are said, and stop nothing', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    later();
    const { notes, train } = await openLabelFile(dir, usual, file);
    expect(train.count).toBeGreaterThanOrEqual(count / 2);
    expect(notes).toEqual([expect.stringMatching(/could not be kept, and are read anew at every start: /)]);
  });
});

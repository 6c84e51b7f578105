import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refusal } from '../../../util/refusal.testing.js';
import { openDataset } from '../../dataset.js';
import { detectLayout } from '../../detect-layout.js';
import { fileState } from '../../formats/file-stamp.js';
import { dataConfig, temporaryFolder, writeText } from '../../sample-data.testing.js';
import type { DataSource, SourcePart } from '../../source.js';
import { openTarShards, type ShardOptions } from './open.js';
import { plainPng, tarBytes, writeTar, type Entry } from './shards.testing.js';

afterEach(() => {
  vi.useRealTimers();
});

const options = (changes: Partial<ShardOptions> = {}): ShardOptions => ({
  ...{ train: null, validation: null, test: null, label: 'cls', image: null, classes: null },
  ...changes,
});

/** Images of red 10, 20, … with the labels given. */
async function samples(labels: readonly string[], first = 0): Promise<Entry[]> {
  const all = labels.map(async (label, i): Promise<Entry[]> => {
    const key = `s/${String(first + i).padStart(4, '0')}`;
    return [
      [`${key}.png`, await plainPng(10 * (first + i + 1))],
      [`${key}.cls`, label],
    ];
  });
  return (await Promise.all(all)).flat();
}

async function sound(): Promise<string> {
  const dir = temporaryFolder();
  writeTar(join(dir, 'train-000000.tar'), await samples(['0', '1', '0']));
  writeTar(join(dir, 'train-000001.tar'), await samples(['1', '2'], 3));
  writeTar(join(dir, 'test-000000.tar'), await samples(['2', '0'], 5));
  return dir;
}

/** What is wrong with a set whose first training shard has these members. */
async function problemsOf(entries: readonly Entry[], changes: Partial<ShardOptions> = {}): Promise<string[]> {
  const dir = temporaryFolder();
  writeTar(join(dir, 'train-0.tar'), entries);
  const error = await refusal(openTarShards(dir, options(changes), join(dir, 'cache')));
  return error.problems.map(({ what, where }) => `${what} @ ${where?.slice(dir.length + 1)}`);
}

async function reds(part: SourcePart): Promise<number[]> {
  const out = new Uint8Array(3);
  const found: number[] = [];
  for (let i = 0; i < part.count; i++) {
    const pixels = new Uint8Array(8 * 8 * 3);
    await part.read(i, 8, pixels);
    out.set(pixels.subarray(0, 3));
    found.push(out[0]!);
  }
  return found;
}

function names(part: SourcePart, dir: string): string[] {
  return Array.from({ length: part.count }, (_, i) => part.name(i).slice(dir.length + 1));
}

describe('tar shards', () => {
  it('are images read by their place, with the numbers that were seen as classes', async () => {
    const dir = await sound();
    const source = await openTarShards(dir, undefined, join(dir, 'cache'));
    expect(source.classes).toEqual(['0', '1', '2']);
    expect([...source.train.labels]).toEqual([0, 1, 0, 1, 2]);
    expect([...source.test.labels]).toEqual([2, 0]);
    expect(source.validation).toBeUndefined();
    expect(source.notes).toEqual([]);
    expect(await reds(source.train)).toEqual([10, 20, 30, 40, 50]);
    expect(await reds(source.test)).toEqual([60, 70]);
    const { path, stretch, state } = source.train.place!(3);
    const stored = readFileSync(path).subarray(stretch!.offset, stretch!.offset + stretch!.length);
    expect(stored).toEqual(await plainPng(40));
    expect(state).toBe(fileState(join(dir, 'train-000001.tar')));
    expect(names(source.train, dir)).toEqual([
      'train-000000.tar#s/0000',
      'train-000000.tar#s/0001',
      'train-000000.tar#s/0002',
      'train-000001.tar#s/0003',
      'train-000001.tar#s/0004',
    ]);
  });

  it('are what GNU tar packs: long names, folders, members in any order', async () => {
    const dir = temporaryFolder();
    const long = 'x'.repeat(120);
    for (const [i, label] of ['7', '10'].entries()) {
      await writeText(join(dir, `in/${long}/${long}-${i}.cls`), `${label}\n`);
      writeFileSync(join(dir, `in/${long}/${long}-${i}.png`), await plainPng(10 * (i + 1)));
    }
    for (const format of ['gnu', 'pax']) {
      const pack = ['--format', format, '--sort=name', '-C', join(dir, 'in'), '-cf'];
      mkdirSync(join(dir, format));
      execFileSync('tar', [...pack, join(dir, format, 'train.tar'), '.']);
      const source = await openTarShards(join(dir, format), undefined, join(dir, 'cache'));
      // Numbers are ordered by their size.
      expect(source.classes).toEqual(['7', '10']);
      expect([...source.train.labels]).toEqual([0, 1]);
      expect(await reds(source.train)).toEqual([10, 20]);
      expect(source.train.name(0)).toContain(`train.tar#${long}/${long}-0`);
    }
  });

  it('have names without the dots that lead to the folder they were packed in, and with all others', async () => {
    const dir = temporaryFolder();
    const members: Entry[] = [];
    for (const [i, stem] of ['./a', '././b./c'].entries()) {
      members.push([`${stem}.png`, await plainPng(10 * (i + 1))], [`${stem}.cls`, `${i}`]);
    }
    writeTar(join(dir, 'train.tar'), members);
    const { train } = await openTarShards(dir, undefined, join(dir, 'cache'));
    expect([0, 1].map((i) => train.name(i).replace(/^.*#/, ''))).toEqual([
      expect.stringMatching(/^a(\.png)?$/),
      expect.stringMatching(/^b\.\/c(\.png)?$/),
    ]);
  });

  it.each([
    ['train-{000000..000001}.tar', 5],
    ['train-*.tar', 5],
    ['train-000001.tar', 2],
    ['*-000001.tar', 2],
  ])('are those that %s names', async (train, count) => {
    const dir = await sound();
    const source = await openTarShards(dir, options({ train }), join(dir, 'cache'));
    expect(source.train.count).toBe(count);
    expect(source.test.count).toBe(0);
  });

  it('are listed until somebody stops it', async () => {
    const dir = await sound();
    const reason = new Error('asked to');
    const open = openTarShards(dir, undefined, join(dir, 'cache'), AbortSignal.abort(reason));
    await expect(open).rejects.toBe(reason);
  });

  it('take names of classes from a list, and numbers as places in it', async () => {
    const dir = temporaryFolder();
    await writeText(join(dir, 'classes.txt'), 'dog\ncat\nox\n');
    writeTar(join(dir, 'train.tar'), await samples(['cat', '0', 'dog']));
    writeTar(join(dir, 'val.tar'), await samples(['1'], 3));
    const source = await openTarShards(dir, undefined, join(dir, 'cache'));
    expect(source.classes).toEqual(['dog', 'cat', 'ox']);
    expect([...source.train.labels]).toEqual([1, 0, 0]);
    expect([...source.test.labels]).toEqual([1]);
    expect(source.notes).toEqual(['test: the validation split', '1 of 3 classes have no image in train: ox']);
  });

  it('take labels out of a JSON text', async () => {
    const dir = temporaryFolder();
    const png = await plainPng(10);
    const entries = ['cat', 'dog'].flatMap((name, i): Entry[] => [
      [`${i}.json`, JSON.stringify({ meta: { label: name } })],
      [`${i}.png`, png],
      [`${i}.txt`, 'a caption'],
    ]);
    writeTar(join(dir, 'train.tar'), entries);
    const source = await openTarShards(dir, options({ label: 'json.meta.label' }), join(dir, 'cache'));
    expect(source.classes).toEqual(['cat', 'dog']);
    expect([...source.train.labels]).toEqual([0, 1]);
    expect(source.notes).toEqual(['there is no test split: `involve eval` has nothing to measure']);
  });

  it('are opened as any set: held out, limited, bad images skipped', async () => {
    const dir = await sound();
    const entries = await samples(Array.from({ length: 40 }, (_, i) => String(i % 2)));
    writeTar(join(dir, 'train-000000.tar'), [...entries, ['bad.png', 'no image'], ['bad.cls', '1']]);
    const config = dataConfig({
      name: 'tar-shards',
      dir,
      limit: { train: 20, validation: null, test: null },
    });
    const cacheDir = join(dir, 'cache');
    const opened = await openDataset({ ...config, skipBadImages: true }, { cacheDir });
    expect([opened.train.count, opened.validation.count, opened.test.count]).toEqual([20, 10, 2]);
    await opened.close();
    await expect(
      openDataset({ ...config, limit: { train: null, validation: null, test: null } }, { cacheDir }),
    ).rejects.toThrow('1 of 45 images cannot be used');
  });

  it('are recognised', async () => {
    expect(await detectLayout(await sound())).toBe('tar-shards');
  });
});

describe('the index of a shard', () => {
  it('is kept, and taken while the shard is as it was', async () => {
    const dir = await sound();
    const cacheDir = join(dir, 'cache');
    const open = (): Promise<DataSource> => openTarShards(dir, undefined, cacheDir);
    await open();
    // Shards of a moment ago may change again with the same time.
    expect(existsSync(join(cacheDir, 'indexes'))).toBe(false);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 120_000 });
    const first = await open();
    expect(readdirSync(join(cacheDir, 'indexes'))).toHaveLength(3);
    const tar = await import('../../formats/tar/tar-members.js');
    const spy = vi.spyOn(tar, 'tarMembers');
    const second = await open();
    expect(spy).not.toHaveBeenCalled();
    spy.mockRestore();
    expect(second.train.labels).toEqual(first.train.labels);
    expect(names(second.train, dir)).toEqual(names(first.train, dir));
    expect([0, 4].map((i) => second.train.stamp(i))).toEqual([0, 4].map((i) => first.train.stamp(i)));
    expect(await reds(second.train)).toEqual([10, 20, 30, 40, 50]);

    // Another shard of the same size and name, and of the same time.
    writeTar(join(dir, 'other.tar'), await samples(['2', '0', '1']));
    renameSync(join(dir, 'other.tar'), join(dir, 'train-000000.tar'));
    expect([...(await open()).train.labels]).toEqual([2, 0, 1, 1, 2]);
    expect((await open()).train.stamp(0)).not.toBe(first.train.stamp(0));
  });
});

describe('shards in which something is wrong', () => {
  const png = Buffer.from('png');

  it.each<[string, readonly Entry[], string]>([
    ['no label', [['a.png', png]], 'the key a has no label: no member .cls, but .png @ train-0.tar#a'],
    ['no image', [['a.cls', '1']], 'the key a has no image, but .cls @ train-0.tar#a'],
    [
      'an unknown extension',
      [
        ['a.xyz', png],
        ['a.cls', '1'],
      ],
      'the key a has no image, but .xyz, .cls @ train-0.tar#a',
    ],
    [
      'a format that is not read',
      [
        ['a.heic', png],
        ['a.cls', '1'],
      ],
      'the image of the key a is HEIC, which is not read (.heic, .cls) @ train-0.tar#a',
    ],
    [
      'a key twice',
      [
        ['a.png', png],
        ['a.cls', '1'],
        ['a.png', png],
      ],
      'a second member .png of the key a @ train-0.tar#a',
    ],
    [
      'two images',
      [
        ['a.png', png],
        ['a.mask.png', png],
        ['a.cls', '1'],
      ],
      'two images of the key a: .png and .mask.png @ train-0.tar#a',
    ],
    [
      'an empty label',
      [
        ['a.png', png],
        ['a.cls', ' \n'],
      ],
      'the label of the key a is empty @ train-0.tar#a',
    ],
    [
      'a label as long as a text',
      [
        ['a.png', png],
        ['a.cls', 'x'.repeat(1025)],
      ],
      'the label of the key a has 1,025 bytes: that is no label @ train-0.tar#a',
    ],
    [
      'a link',
      [
        ['a.png', '', 'SymbolicLink'],
        ['a.cls', '1'],
      ],
      'the member .png of the key a is a link or a device, and has no bytes of its own @ train-0.tar#a',
    ],
  ])('%s', async (_, entries, problem) => {
    expect((await problemsOf(entries))[0]).toBe(problem);
  });

  it('no label of 1,024 bytes', async () => {
    const dir = temporaryFolder();
    const long = 'x'.repeat(1024);
    writeTar(join(dir, 'train.tar'), await samples([long, long, 'y', 'y']));
    const source = await openTarShards(dir, options(), join(dir, 'cache'));
    expect(source.classes).toEqual([long, 'y']);
  });

  it('labels that are no class of the list', async () => {
    const dir = temporaryFolder();
    await writeText(join(dir, 'names'), 'cat\ndog\n');
    writeTar(join(dir, 'train.tar'), await samples(['0', '2', 'ox', '-1']));
    const open = (): Promise<DataSource> =>
      openTarShards(dir, options({ classes: 'names' }), join(dir, 'cache'));
    expect((await refusal(open())).problems).toEqual([
      {
        what: 'the label "2" of an image of train: expected a label from 0 to 1, a class of names',
        where: join(dir, 'train.tar#s/0001'),
      },
      {
        what: 'the label "ox" of an image of train: it is none of the 2 classes of names',
        where: join(dir, 'train.tar#s/0002'),
      },
      {
        what: 'the label "-1" of an image of train: expected a label from 0 to 1, a class of names',
        where: join(dir, 'train.tar#s/0003'),
        try: '-1 stands for no label: name the files of the other splits, and none for train',
      },
    ]);
  });

  it('a class that train lacks', async () => {
    const dir = temporaryFolder();
    writeTar(join(dir, 'train.tar'), await samples(['0', '1']));
    writeTar(join(dir, 'test.tar'), await samples(['3']));
    expect((await refusal(openTarShards(dir, undefined, join(dir, 'cache')))).message).toBe(
      'the label "3" of an image of test: no image of train has it',
    );
  });

  it('twenty problems are told, and how many more there are', async () => {
    const labels: Entry[] = [['x.cls', '1']];
    const entries = [...labels, ...Array.from({ length: 50 }, (_, i): Entry => [`${i}.png`, png])];
    const found = await problemsOf(entries);
    expect(found).toHaveLength(20);
    expect(found[19]).toBe('… and 32 more @ undefined');
  });

  it('labels that are elsewhere are one problem, and the advice names the member', async () => {
    const adviceFor = async (extension: string): Promise<unknown> => {
      const dir = temporaryFolder();
      const keys = Array.from({ length: 50 }, (_, i) => i);
      const entries = keys.flatMap((i): Entry[] => [
        [`${i}.png`, png],
        [`${i}.${extension}`, '{}'],
      ]);
      writeTar(join(dir, 'train-0.tar'), entries);
      const [problem] = (await refusal(openTarShards(dir, undefined, join(dir, 'cache')))).problems;
      expect(problem!.what).toBe(`none of its 50 keys has a label: no member .cls, but .png, .${extension}`);
      return problem!.try;
    };
    expect(await adviceFor('json')).toBe(
      'say where labels are: --set data.shards.label=json.label, or another field of it',
    );
    expect(await adviceFor('txt')).toBe('say where labels are: --set data.shards.label=txt');
  });

  it('cut short anywhere: the byte is named, wherever it is within a member', async () => {
    const dir = temporaryFolder();
    const file = join(dir, 'train.tar');
    const entries = await samples(['0', '1']);
    const whole = tarBytes(entries);
    for (let size = 1; size < whole.length - 1024; size += 97) {
      writeFileSync(file, whole);
      truncateSync(file, size);
      const open = (): Promise<DataSource> => openTarShards(dir, undefined, join(dir, 'cache'));
      expect((await refusal(open())).problems[0]!.what).toMatch(
        size % 512 === 0 ? /cut short|has no label|found only "0"/ : /cut short/,
      );
    }
    // The end mark, and of the last member's 512 bytes the label: one byte.
    truncateSync(file, whole.length - 1024 - 512);
    expect((await refusal(openTarShards(dir, undefined, join(dir, 'cache')))).problems[0]!.what).toMatch(
      /cut short: 1 bytes of s\/0001\.cls are missing/,
    );
    writeFileSync(file, tarBytes(entries, { isEnded: false }));
    expect((await openTarShards(dir, undefined, join(dir, 'cache'))).notes[0]).toBe(
      'train.tar has no end mark: was it cut short between two members?',
    );
  });

  it.each([
    ['compressed', gzipSync(Buffer.alloc(2000)), 'the shard is compressed with gzip: gunzip it'],
    ['no archive', Buffer.alloc(2000, 'text'), 'the shard is no tar archive'],
    ['empty', Buffer.alloc(0), 'the shard is empty (0 bytes)'],
  ])('%s', async (_, bytes, what) => {
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'train-0.tar'), bytes);
    const error = await refusal(openTarShards(dir, undefined, join(dir, 'cache')));
    expect(error.problems[0]!.what).toBe(what);
  });

  it('a damaged header', async () => {
    const dir = temporaryFolder();
    const bytes = tarBytes(await samples(['0', '1']));
    bytes[1024 + 1]! ^= 1;
    writeFileSync(join(dir, 'train.tar'), bytes);
    expect((await refusal(openTarShards(dir, undefined, join(dir, 'cache')))).message).toMatch(
      /damaged: no header where one must be/,
    );
  });

  it('names of shards that are not there, or in two splits', async () => {
    const dir = await sound();
    const train = 'train-{000000..000002}.tar';
    const open = (): Promise<DataSource> =>
      openTarShards(dir, options({ train, test: 'train-000000.tar' }), join(dir, 'cache'));
    expect((await refusal(open())).problems.map(({ what }) => what)).toEqual([
      'train-000002.tar is not there',
      'train-000000.tar is in train and in test',
    ]);
  });

  it('none that is called train', async () => {
    const dir = temporaryFolder();
    symlinkSync('nowhere', join(dir, 'a.txt'));
    writeTar(join(dir, 'images.tar'), []);
    const error = await refusal(openTarShards(dir, undefined, join(dir, 'cache')));
    expect(error.problems).toEqual([
      {
        what: 'no .tar file that is called train, such as train-000000.tar; there is images.tar',
        where: dir,
        try: 'say which are for what: --set data.shards.train="images.tar" --set data.shards.test=…',
      },
    ]);
  });
});

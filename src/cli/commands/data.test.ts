import { copyFileSync, existsSync, mkdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { temporaryFolder, writeImageFolder, writeText } from '../../data/sample-data.testing.js';
import { InvolveError } from '../../util/errors.js';
import type { Command } from '../command.js';
import type { Flags, FlagValues } from '../flags.js';
import type { Operands, OperandValues } from '../operands.js';
import { dataCheck } from './data-check.js';
import { dataGet } from './data-get.js';
import { dataList } from './data-list.js';
import { dataShow } from './data-show.js';

let cwd: string;
beforeEach(() => {
  cwd = temporaryFolder();
  vi.stubEnv('INVOLVE_CACHE_DIR', temporaryFolder());
});
afterEach(() => vi.unstubAllEnvs());

interface Outcome {
  readonly code: number;
  readonly out: string[];
  readonly notes: string[];
}

async function call<O extends Operands, F extends Flags>(
  command: Command<O, F>,
  operands: OperandValues<O>,
  flags: FlagValues<F>,
): Promise<Outcome> {
  const out: string[] = [];
  const notes: string[] = [];
  const print = (line: string): void => void out.push(...line.split('\n'));
  const note = (line: string): void => void notes.push(line);
  const code = await command.run(operands, flags, { print, note, interactive: false, cwd });
  return { code, out, notes };
}

async function refusal<O extends Operands, F extends Flags>(
  command: Command<O, F>,
  operands: OperandValues<O>,
  flags: FlagValues<F>,
): Promise<InvolveError> {
  const error: unknown = await call(command, operands, flags).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InvolveError);
  return error as InvolveError;
}

/** A set of class folders with every flaw that a check looks for. */
async function flawed(): Promise<string> {
  const dir = join(cwd, 'pets');
  await writeImageFolder(dir, ['cat', 'dog'], { train: 4, test: 2 });
  copyFileSync(join(dir, 'train/cat/000.png'), join(dir, 'train/cat/same.png'));
  copyFileSync(join(dir, 'train/cat/001.png'), join(dir, 'train/dog/same.png'));
  // Another file, the same pixels.
  await sharp(join(dir, 'train/dog/002.png'))
    .png({ compressionLevel: 0 })
    .toFile(join(dir, 'test/dog/same.png'));
  return dir;
}

describe('data list', () => {
  it('shows which sets are in place', async () => {
    await writeImageFolder(join(cwd, 'datasets/intel'), ['sea', 'forest'], { seg_train: 2, seg_test: 1 });
    mkdirSync(join(cwd, 'datasets/cifar10'));
    const { out, code } = await call(dataList, {}, {});
    expect(code).toBe(0);
    for (const [first, second] of [
      [
        'intel          Intel Image Classification (six classes of scenes), 6 classes',
        '               datasets/intel: 4 train, 2 test',
      ],
      [
        'cifar10        CIFAR-10, binary version (Krizhevsky 2009), 10 classes',
        '               datasets/cifar10: a file of CIFAR-10 (binary version) is missing',
      ],
      [
        'scenes         Drawn scenes (six classes, made by involve), 6 classes',
        '               drawn when needed: 3,000 train, 600 test',
      ],
    ] as const) {
      const at = out.indexOf(first);
      expect(at).toBeGreaterThanOrEqual(0);
      expect(out[at + 1]).toBe(second);
    }
    const { sets } = JSON.parse((await call(dataList, {}, { json: true })).out.join('\n')) as {
      sets: { name: string; inPlace: boolean; train: number | null }[];
    };
    expect(sets.map(({ name, inPlace, train }) => [name, inPlace, train])).toEqual(
      expect.arrayContaining([
        ['intel', true, 4],
        ['cifar10', false, null],
        ['scenes', true, 3000],
      ]),
    );
  });

  it('says how to get what is not here', async () => {
    expect((await call(dataList, {}, {})).out).toContain('               not here; involve data get cifar10');
  });
});

describe('data get', () => {
  it('has nothing to do for scenes', async () => {
    const { out, code } = await call(dataGet, { name: 'scenes' }, {});
    expect([out, code]).toEqual([['scenes are drawn when needed: there is nothing to get'], 0]);
  });

  it('refuses a name it does not know', async () => {
    const error = await refusal(dataGet, { name: 'cifar' }, {});
    expect(error.exitCode).toBe(2);
    expect(error.problems).toEqual([{ what: 'no data set "cifar" to get', try: 'did you mean "cifar10"?' }]);
  });
});

describe('data check', () => {
  it('finds copies, conflicting labels and copies across splits; warnings exit with 0', async () => {
    const dir = await flawed();
    const { out, code } = await call(dataCheck, {}, { dir });
    expect(code).toBe(0);
    expect(out).toEqual([
      `image-folder, ${dir}`,
      '                  train        test',
      '  cat                 5           2',
      '  dog                 5           3',
      '  all                10           5',
      'largest class of train over smallest: 1.00',
      'sizes: 12×12 (15)',
      'images that cannot be used: none',
      'groups of equal images with different classes: 1',
      '  train/cat/001.png (cat) = train/dog/same.png (dog)',
      'other groups of equal images in one split: 1',
      '  train/cat/000.png (cat) = train/cat/same.png (cat)',
      'groups of equal images across splits: 1',
      '  train/dog/002.png (dog) = test/dog/same.png (dog)',
    ]);
  });

  it('exits with 2 when images cannot be used', async () => {
    const dir = await flawed();
    await writeText(join(dir, 'train/cat/text.jpg'), 'no image');
    truncateSync(join(dir, 'test/cat/001.png'), 0);
    const { out, code } = await call(dataCheck, { config: 'image-folder' }, { dir });
    expect(code).toBe(2);
    expect(out.slice(out.indexOf('images that cannot be used: 2')).slice(1, 3)).toEqual([
      '  train/cat/text.jpg: not an image of a known format',
      '  test/cat/001.png: empty file (0 bytes)',
    ]);
    const json = await call(dataCheck, { config: 'image-folder' }, { dir, json: true });
    expect(json.code).toBe(2);
    const report = JSON.parse(json.out.join('\n')) as {
      bad: unknown[];
      duplicates: unknown[];
      counts: object;
    };
    expect(report).toMatchObject({
      name: 'image-folder',
      dir,
      imbalance: 1.2,
      counts: { train: [6, 5], test: [2, 3] },
    });
    expect(report.bad).toEqual([
      {
        split: 'train',
        class: 'cat',
        name: join(dir, 'train/cat/text.jpg'),
        reason: 'not an image of a known format',
      },
      { split: 'test', class: 'cat', name: join(dir, 'test/cat/001.png'), reason: 'empty file (0 bytes)' },
    ]);
    expect(report.duplicates.length).toBe(2);
  });

  it('takes a name with --set, and says what it needs', async () => {
    const set = ['data.scenes.train=12', 'data.scenes.test=6', 'data.inputSize=16'];
    const { out, code } = await call(dataCheck, { config: 'scenes' }, { set });
    expect(code).toBe(0);
    expect(out[8]).toBe('  all                12           6');
    const error = await refusal(dataCheck, {}, {});
    expect(error.exitCode).toBe(2);
    expect(error.message).toBe('say which data: a config, the name of a data set, or --dir DIR');
    expect((await refusal(dataCheck, { config: 'intel' }, {})).exitCode).toBe(3);
    expect((await refusal(dataCheck, { config: 'scenes' }, { set: ['data.nothing=1'] })).exitCode).toBe(2);
  });
});

/** Names as folders may have them: colours, a direction that turns, a line that looks like another's. */
const hostile = ['\u001b[31mred\u202e', 'a\nimages that cannot be used: none'];

describe.runIf(process.platform !== 'win32')('names that break lines and steer a terminal', () => {
  it('are shown by data check as they read, a line each', async () => {
    const dir = join(cwd, 'pe\u001b[2Jts');
    await writeImageFolder(dir, hostile, { train: 2, test: 2 });
    copyFileSync(join(dir, 'train', hostile[0], '000.png'), join(dir, 'train', hostile[0], 'b\u0007\n.png'));
    await writeText(join(dir, 'train', hostile[1], '\u009b.png'), 'no image');
    await writeText(join(dir, 'train', hostile[1], 'a\u001b[1m.txt'), 'no image');
    const { out, code } = await call(dataCheck, {}, { dir });
    expect(code).toBe(2);
    const row = (label: string, ...cells: string[]): string =>
      `  ${label.padEnd(35)}${cells.map((cell) => cell.padStart(12)).join('')}`;
    expect(out).toEqual([
      `image-folder, ${join(cwd, 'pe\\u{1b}[2Jts')}`,
      row('', 'train', 'test'),
      row('\\u{1b}[31mred\\u{202e}', '3', '2'),
      row('a\\nimages that cannot be used: none', '3', '2'),
      row('all', '6', '4'),
      'largest class of train over smallest: 1.00',
      'sizes: 12×12 (9)',
      'note: 1 file is no image, ignored: a\\nimages that cannot be used: none/a\\u{1b}[1m.txt',
      'images that cannot be used: 1',
      '  train/a\\nimages that cannot be used: none/\\u{9b}.png: not an image of a known format',
      'groups of equal images with different classes: none',
      'other groups of equal images in one split: 1',
      '  train/\\u{1b}[31mred\\u{202e}/000.png (\\u{1b}[31mred\\u{202e}) = ' +
        'train/\\u{1b}[31mred\\u{202e}/b\\u{7}\\n.png (\\u{1b}[31mred\\u{202e})',
      'groups of equal images across splits: none',
    ]);
    const { out: json } = await call(dataCheck, {}, { dir, json: true });
    expect((JSON.parse(json.join('\n')) as { classes: string[] }).classes).toEqual(hostile);
  });

  it('are drawn by data show', async () => {
    const dir = join(cwd, 'pets');
    await writeImageFolder(dir, hostile, { train: 2, test: 1 });
    const set = [`data.dir=${dir}`, 'data.inputSize=12'];
    const { out, code } = await call(dataShow, { config: 'image-folder' }, { out: 'sheet.png', set });
    expect([out, code]).toEqual([['sheet.png'], 0]);
  });
});

describe('data show', () => {
  it('draws augmented training images with the names of their classes', async () => {
    await writeText(
      join(cwd, 'my.json'),
      JSON.stringify({
        name: 'my',
        data: { name: 'scenes', inputSize: 32, scenes: { train: 60, test: 12 } },
        model: { family: 'efficientnet' },
        train: { epochs: 1 },
      }),
    );
    const { out, code } = await call(dataShow, { config: 'my.json' }, { out: 'sheet.png', count: 10 });
    expect([out, code]).toEqual([['sheet.png'], 0]);
    const { width, height, format } = await sharp(join(cwd, 'sheet.png')).metadata();
    // Ten images of 32 pixels, three times as large, in rows of four.
    expect([format, width, height]).toEqual(['png', 6 + 4 * 102, 6 + 3 * 120]);
    await call(dataShow, { config: 'my.json' }, { count: 10 });
    expect(existsSync(join(cwd, 'data-scenes.png'))).toBe(true);
  });
});

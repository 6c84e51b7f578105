import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { refusal } from '../../../util/refusal.testing.js';
import { openDataset } from '../../dataset.js';
import { detectLayout } from '../../detect-layout.js';
import { dataConfig, temporaryFolder, writeNoise } from '../../sample-data.testing.js';
import type { SourcePart } from '../../source.js';
import { openLabelFile } from './open.js';
import type { LabelFileOptions } from './tables.js';

const options = (changes: Partial<LabelFileOptions> = {}): LabelFileOptions => ({
  ...{ file: null, image: 'file_name', label: 'label', split: null, classes: null },
  ...changes,
});

/** A folder of these files; what ends in .png is empty unless it has a text. */
function folder(files: Readonly<Record<string, string>>): string {
  const dir = temporaryFolder();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), text);
  }
  return dir;
}

const images = (...names: readonly string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, '']));

function rows(part: SourcePart, dir: string): string[] {
  return [...part.labels].map((label, i) => `${label} ${part.name(i).slice(dir.length + 1)}`);
}

async function problems(dir: string, changes: Partial<LabelFileOptions> = {}): Promise<string[]> {
  const error = await refusal(openLabelFile(dir, options(changes)));
  return error.problems.map(({ what, where }) => `${what} @ ${where}`.replaceAll(`${dir}/`, ''));
}

describe('a file of labels', () => {
  it('is what the Hub’s imagefolder has: metadata.csv beside train/ and test/', async () => {
    const dir = folder({
      ...images('train/b.png', 'train/a.png', 'test/c.png'),
      'metadata.csv':
        'file_name,label,text\ntrain/b.png,dog,"a, ""b""\nc"\ntrain/a.png,cat,\n\ntest/c.png,dog,x\n',
    });
    const source = await openLabelFile(dir);
    expect(source.classes).toEqual(['cat', 'dog']);
    expect(rows(source.train, dir)).toEqual(['1 train/b.png', '0 train/a.png']);
    expect(rows(source.test, dir)).toEqual(['1 test/c.png']);
    expect(source.notes).toEqual([]);
    expect(await detectLayout(dir)).toBe('label-file');
  });

  it('… and metadata.jsonl in each split', async () => {
    const dir = folder({
      ...images('train/1.png', 'train/2.png', 'val/1.png'),
      'train/metadata.jsonl': '{"file_name": "1.png", "label": 4}\n{"file_name": "2.png", "label": 11}\n',
      'val/metadata.jsonl': '{"label": 4, "file_name": "1.png"}\n',
    });
    const source = await openLabelFile(dir);
    expect(source.classes).toEqual(['4', '11']);
    expect(rows(source.train, dir)).toEqual(['0 train/1.png', '1 train/2.png']);
    expect(rows(source.test, dir)).toEqual(['0 val/1.png']);
    expect(source.notes).toEqual(['test: the validation split']);
    expect(await detectLayout(dir)).toBe('label-file');
  });

  it('has columns that the config names, and a list of classes', async () => {
    const dir = folder({
      ...images('img/1.png', 'img/2.png', 'img/3.png', 'img/4.png'),
      'labels/all.tsv':
        '\ufeffpath\tclass\tfold\r\n../img/1.png\t0\ttrain\r\n../img/2.png\tcat\tTRAIN\r\n../img/3.png\t1\tdev\r\n../img/4.png\tcat\ttest\r\n',
      'names.txt': 'dog\ncat\n',
    });
    const source = await openLabelFile(
      dir,
      options({ file: 'labels/all.tsv', image: 'path', label: 'class', split: 'fold', classes: 'names.txt' }),
    );
    expect(source.classes).toEqual(['dog', 'cat']);
    expect(rows(source.train, dir)).toEqual(['0 img/1.png', '1 img/2.png']);
    expect(rows(source.validation!, dir)).toEqual(['1 img/3.png']);
    expect(rows(source.test, dir)).toEqual(['1 img/4.png']);
  });

  it('has numbers that are classes of the list where it lists numbers, in whatever order', async () => {
    const dir = folder({
      ...images('1.png', '2.png', '3.png'),
      'metadata.csv': 'file_name,label,split\n1.png, 2 ,train\n2.png,0,train\n3.png,2,test\n',
      'names.txt': '2\n1\n0\n',
    });
    const source = await openLabelFile(dir, options({ split: 'split', classes: 'names.txt' }));
    expect(source.classes).toEqual(['2', '1', '0']);
    expect(rows(source.train, dir)).toEqual(['0 1.png', '2 2.png']);
    expect(rows(source.test, dir)).toEqual(['0 3.png']);
    expect(source.validation).toBeUndefined();
  });

  it('is opened as any set, and what is in an image is in its stamp', async () => {
    const dir = temporaryFolder();
    const lines = ['file_name,label'];
    for (let i = 0; i < 12; i++) {
      await writeNoise(join(dir, `${i}.png`), 9, 9, `${i}`);
      lines.push(`${i}.png,${i % 3}`);
    }
    writeFileSync(join(dir, 'metadata.csv'), lines.join('\n'));
    const config = dataConfig({ name: 'label-file', dir });
    const opened = await openDataset(config, {
      cacheDir: join(dir, 'cache'),
      splits: ['train', 'validation'],
    });
    expect([opened.train.count, opened.validation.count, opened.test.count]).toEqual([9, 3, 0]);
    expect(opened.notes).toEqual(['there is no test split: `involve eval` has nothing to measure']);
    await opened.close();
    await expect(openDataset(config, { cacheDir: join(dir, 'cache') })).rejects.toThrow(
      'there is no image to test',
    );
    const onTest = openDataset({ ...config, validation: 'test' }, { cacheDir: join(dir, 'cache') });
    await expect(onTest).rejects.toMatchObject({
      problems: [
        expect.objectContaining({
          what: 'there is no test set to validate on',
          try: '--set data.validation=0.1',
        }),
      ],
    });
    const before = (await openLabelFile(dir)).train.stamp(3);
    await writeNoise(join(dir, '3.png'), 9, 9, 'another');
    expect((await openLabelFile(dir)).train.stamp(3)).not.toBe(before);
  });
});

it('a backslash is of a name where a file has it, else it separates folders', async () => {
  const dir = folder({
    ...images('train/a\\b.png', 'train/c/d.png', 'test/e.png'),
    'metadata.csv': 'file_name,label\ntrain/a\\b.png,x\ntrain\\c\\d.png,y\ntest\\e.png,x\n',
  });
  const source = await openLabelFile(dir);
  expect(rows(source.train, dir)).toEqual(['0 train/a\\b.png', '1 train/c/d.png']);
  expect(rows(source.test, dir)).toEqual(['0 test/e.png']);
  const outside = folder({ ...images('a.png'), 'metadata.csv': 'file_name,label\n..\\a.png,x\n' });
  expect((await problems(outside))[0]).toContain('leads out of the folder of the data');
});

describe('a file of labels in which something is wrong', () => {
  it('all problems are told at once, with their lines', async () => {
    const dir = folder({
      ...images('1.png', '2.png', '3.heic', '4.txt'),
      'metadata.csv': [
        'file_name,label',
        '1.png,cat',
        'l.png,cat',
        '2.png,',
        '1.png,dog',
        '../out.png,cat',
        '/etc/x.png,cat',
        '3.heic,cat',
        '4.txt,cat',
        '2.png,cat,more',
        ',cat',
      ].join('\n'),
    });
    expect(await problems(dir)).toEqual([
      'a row of 3 values under a header of 2 @ metadata.csv:10',
      'the image is not there: l.png @ metadata.csv:3',
      'a row without a label: 2.png @ metadata.csv:4',
      '1.png has a row already, at metadata.csv:2 @ metadata.csv:5',
      '../out.png leads out of the folder of the data @ metadata.csv:6',
      '/etc/x.png is no path within the folder of the data @ metadata.csv:7',
      '3.heic is HEIC, which is not read @ metadata.csv:8',
      expect.stringMatching(/^4\.txt is no image: images are \.jpg .* @ metadata\.csv:9$/),
      'a row without an image (file_name) @ metadata.csv:11',
    ]);
  });

  it('an image in a format that is not read is named to what converts it', async () => {
    const dir = folder({
      ...images('my dogs/1.bmp'),
      'metadata.csv': 'file_name,label\nmy dogs/1.bmp,cat\n',
    });
    expect((await refusal(openLabelFile(dir, options()))).problems).toEqual([
      {
        what: 'my dogs/1.bmp is BMP, which is not read',
        where: `${dir}/metadata.csv:2`,
        try: `convert it: magick '${dir}/my dogs/1.bmp' '${dir}/my dogs/1.png'`,
      },
    ]);
  });

  it('labels of a single class', async () => {
    const dir = folder({
      ...images('0.png', '1.png'),
      'metadata.csv': 'file_name,label\n0.png,cat\n1.png,cat\n',
    });
    expect(await problems(dir)).toEqual([
      'expected labels of at least two classes in train, found only "cat" @ 0.png',
    ]);
  });

  it('no more than twenty of them', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `${i}.png,cat`);
    const dir = folder({ 'metadata.csv': ['file_name,label', ...lines].join('\n') });
    const found = await problems(dir);
    expect(found).toHaveLength(20);
    expect(found[0]).toBe('the image is not there: 0.png @ metadata.csv:2');
    expect(found[19]).toBe('… and 81 more @ undefined');
  });

  it.each<[string, Record<string, string>, Partial<LabelFileOptions>, string]>([
    [
      'a header that is missing',
      { ...images('1.png'), 'metadata.csv': '1.png,cat\n' },
      {},
      'no column file_name; it has 1.png, cat @ metadata.csv:1',
    ],
    ['nothing', { 'metadata.csv': '' }, {}, 'no header: expected a column file_name @ metadata.csv:1'],
    [
      'no such file',
      { 'labels.csv': '' },
      { file: 'lables.csv' },
      'the file of labels is not there: lables.csv @ lables.csv',
    ],
    [
      'no file',
      images('1.png'),
      {},
      `no metadata.csv or metadata.jsonl in the data folder, or in train/ in it`,
    ],
    [
      'two files',
      { 'metadata.csv': '', 'metadata.jsonl': '' },
      {},
      'metadata.csv and metadata.jsonl stand beside each other: which one has the labels cannot be told',
    ],
    [
      'a quote that does not end',
      { 'metadata.csv': 'file_name,label\n"1.png,cat\n' },
      {},
      'no sound CSV: Quote Not Closed',
    ],
    [
      'JSON that is none',
      { ...images('1.png'), 'metadata.jsonl': '{"file_name": "1.png", "label": "a"}\n{"file\n[1]\n' },
      {},
      'no JSON: ',
    ],
    [
      'a split that is none',
      { ...images('1.png'), 'metadata.csv': 'file_name,label,fold\n1.png,cat,7\n' },
      { split: 'fold' },
      '"7" is no split @ metadata.csv:2',
    ],
    [
      'a label that is a list',
      { ...images('1.png'), 'metadata.jsonl': '{"file_name": "1.png", "label": [1, 2]}\n' },
      {},
      'the label is neither the name nor the number of a class: [1,2] @ metadata.jsonl:1',
    ],
    [
      'no row of train',
      { ...images('test/1.png'), 'metadata.csv': 'file_name,label\ntest/1.png,cat\n' },
      {},
      'no row is of train @ metadata.csv',
    ],
    [
      'another kind of file',
      { 'labels.xlsx': '' },
      { file: 'labels.xlsx' },
      'a file of labels is one of .csv, .tsv, .jsonl, .ndjson, not .xlsx @ labels.xlsx',
    ],
  ])('%s', async (_, files, changes, problem) => {
    expect((await problems(folder(files), changes))[0]).toContain(problem);
  });

  it('a table under another name is recognised, and named', async () => {
    const dir = folder({ ...images('img/1.png'), 'birds.csv': 'path,species\n' });
    expect(await detectLayout(dir)).toBe('label-file');
    await expect(openLabelFile(dir)).rejects.toMatchObject({
      problems: [expect.objectContaining({ try: '--set data.labelFile.file=birds.csv' })],
    });
    mkdirSync(join(dir, 'train'));
    expect(await detectLayout(dir)).toBe('image-folder');
  });

  it('names what is meant', async () => {
    const dir = folder({ ...images('cat_0001.png'), 'metadata.csv': 'file_nme,label\ncat_001.png,a\n' });
    const advice = async (changes: Partial<LabelFileOptions>): Promise<string | undefined> =>
      (await refusal(openLabelFile(dir, options(changes)))).problems[0]!.try;
    expect(await advice({})).toBe('--set data.labelFile.image=file_nme');
    const spaced = folder({ 'birds 1.csv': 'file nme,label\ncat_001.png,a\n' });
    const spacedAdvice = async (changes: Partial<LabelFileOptions>): Promise<string | undefined> =>
      (await refusal(openLabelFile(spaced, options(changes)))).problems[0]!.try;
    expect(await spacedAdvice({})).toBe("--set data.labelFile.file='birds 1.csv'");
    expect(await spacedAdvice({ file: 'birds 1.csv' })).toBe("--set data.labelFile.image='file nme'");
    expect(await advice({ image: 'file_nme' })).toBe('did you mean cat_0001.png?');
    expect(await advice({ file: 'metadta.csv' })).toBe('did you mean metadata.csv?');
  });

  it('an image that is a link to nowhere is not there; one to a file is', async () => {
    const dir = folder({ ...images('a/1.png'), 'metadata.csv': 'file_name,label\nx.png,a\ny.png,b\n' });
    symlinkSync('nowhere', join(dir, 'x.png'));
    symlinkSync('a/1.png', join(dir, 'y.png'));
    expect(await problems(dir)).toEqual(['the image is not there: x.png @ metadata.csv:2']);
  });
});

describe('reading a long table ends when it is to end', () => {
  const reason = new Error('asked to');

  it.each<[string, string, (name: string) => string]>([
    ['metadata.csv', 'file_name,label\n', (name) => `${name},a\n`],
    ['metadata.jsonl', '', (name) => `{"file_name": "${name}", "label": "a"}\n`],
  ])('%s', async (file, head, row) => {
    const rows = Array.from({ length: 100_000 }, (_, i) => row(`${i}.png`));
    const dir = folder({ [file]: head + rows.join('') });
    const stop = new AbortController();
    setImmediate(() => stop.abort(reason));
    await expect(openLabelFile(dir, options(), null, stop.signal)).rejects.toBe(reason);
  });
});

import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname } from 'node:path';
import { tarBytes, type Entry } from '../data/sets/tar-shards/shards.testing.js';
import { dryRun, type Situation } from './advice-situation.testing.js';
import type { Workspace } from './command-line.testing.js';

/** What is wrong with data on the disk, and data that is put right as the advice says. */

/** An image of 8×8. */
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAMAAADz0U65AAAAA1BMVEUAgIBxQSaxAAAACXBIWXMAAAPoAAAD6AG1e1JrAAAADElEQVQImWNgoA4AAABIAAF7pRHIAAAAAElFTkSuQmCC',
  'base64',
);

type Files = Readonly<Record<string, string | Uint8Array>>;

/** The data folder of a situation. */
class Folder {
  constructor(
    private readonly work: Workspace,
    readonly name: string,
  ) {}

  path(file: string): string {
    return this.work.path(this.name, file);
  }

  write(files: Files): void {
    for (const [file, content] of Object.entries(files)) this.work.write(`${this.name}/${file}`, content);
  }

  read(file: string): string {
    return readFileSync(this.path(file), 'utf8');
  }

  remove(...files: string[]): void {
    for (const file of files) rmSync(this.path(file), { recursive: true });
  }

  rename(from: string, to: string): void {
    mkdirSync(dirname(this.path(to)), { recursive: true });
    renameSync(this.path(from), this.path(to));
  }

  link(target: string, file: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    symlinkSync(target, this.path(file));
  }
}

let count = 0;

/**
 * @param data of the config, without its folder
 * @param make writes the folder
 * @param mend does what the advice says; text it gives back is added to the command line
 */
function onDisk(
  data: object,
  make: (folder: Folder) => void,
  matches: RegExp,
  mend: (folder: Folder, found: RegExpExecArray) => unknown,
  command: (config: string) => string = dryRun,
): Situation {
  const name = `data-${count++}`;
  const typed = command(`${name}.json`);
  return {
    typed,
    matches,
    write: (work) => {
      work.write(`${name}.json`, {
        name,
        data: { inputSize: 32, dir: name, ...data },
        model: { family: 'efficientnet', attention: { type: 'none' }, removeStages: [4, 5, 6, 7, 8] },
        train: { epochs: 1, batchSize: 4 },
      });
      make(new Folder(work, name));
    },
    then: (found, work) => {
      const more = mend(new Folder(work, name), found);
      return typeof more === 'string' ? `${typed} ${more}` : typed;
    },
  };
}

/** Two classes of images in each split. */
const trees = (...splits: string[]): Files =>
  Object.fromEntries(
    splits.flatMap((split) =>
      ['cat', 'dog'].flatMap((name) => [1, 2, 3].map((n) => [`${split}/${name}/${n}.png`, PNG] as const)),
    ),
  );

const FOLDER = { name: 'image-folder' };

const MASKS = { name: 'mask-folder' };

/** Two images of each split, with masks in which all pixels are of the first class. */
const masked = (...splits: string[]): Files =>
  Object.fromEntries(
    splits.flatMap((split) =>
      [1, 2].flatMap((n) => ['images', 'masks'].map((kind) => [`${kind}/${split}/${n}.png`, PNG] as const)),
    ),
  );

const masks: Situation[] = [
  onDisk(
    MASKS,
    (at) => at.write({ ...masked('train', 'val'), 'images/train/3.png': PNG, 'classes.txt': 'sky\nsea\n' }),
    /^its mask belongs at .*masks\/train\/3\.png with the ending \.png; or remove the image$/,
    (at) => at.write({ 'masks/train/3.png': PNG }),
  ),
  onDisk(
    MASKS,
    (at) => at.write(masked('train', 'val')),
    /^write the names of the classes there, one a line/,
    (at) => at.write({ 'classes.txt': 'sky\nsea\n' }),
  ),
  onDisk(
    MASKS,
    (at) => at.write({ ...masked('train', 'val'), 'classes.txt': '0 sky\nsea\n' }),
    /^a name in each line, or a number and a name in each$/,
    (at) => at.write({ 'classes.txt': '0 sky\n7 sea\n' }),
  ),
  onDisk(
    MASKS,
    (at) => at.write({ ...masked('train'), 'classes.txt': 'sky\nsea\n' }),
    /^lay it out as images\/train\/\*\.jpg, masks\/train\/\*\.png, images\/(val)\/\*\.jpg and masks\/val/,
    (at, [, split]) => at.write(masked(split)),
  ),
];

const folders: Situation[] = [
  onDisk(
    FOLDER,
    (at) => at.write(trees('train')),
    /^lay it out as train\/<class>\/\*\.jpg and (test)\/<class>/,
    (at, [, test]) => at.write(trees(test)),
  ),
  onDisk(
    FOLDER,
    (at) => at.write(trees('train', 'val', 'valid')),
    /^leave one of them there, and move the others elsewhere$/,
    (at) => at.remove('valid'),
  ),
  onDisk(
    FOLDER,
    (at) => at.write({ ...trees('train', 'test'), 'train/eel/note.txt': 'none yet' }),
    /^add images \(.*\) or remove the folder$/,
    (at) => at.remove('train/eel'),
  ),
  onDisk(
    FOLDER,
    (at) => {
      at.write(trees('train', 'test'));
      for (const split of ['train', 'test']) at.write({ [`${split}/eel/1.heic`]: 'heic' });
    },
    /^convert them: /,
    (at) => {
      for (const split of ['train', 'test']) at.write({ [`${split}/eel/1.jpg`]: PNG });
    },
  ),
  onDisk(
    FOLDER,
    (at) => at.write({ ...trees('train', 'test'), 'test/eel/1.png': PNG }),
    /^give it the same class folders as /,
    (at) => at.remove('test/eel'),
  ),
  onDisk(
    FOLDER,
    (at) => at.write({ ...trees('train', 'test'), 'train/e\u0301tang/1.png': PNG, 'test/étang/1.png': PNG }),
    /^the same name is spelt with other characters there \((.*)\): copy it from train$/,
    (at, [, name]) => at.rename(`test/${name}`, 'test/e\u0301tang'),
  ),
  onDisk(
    FOLDER,
    (at) =>
      at.write(
        Object.fromEntries(
          ['train', 'test'].flatMap((split) =>
            ['cat', 'dog'].flatMap((name) => [1, 2].map((n) => [`${split}/pets/${name}/${n}.png`, PNG])),
          ),
        ),
      ),
    /^are cat, dog the classes\? Then move them up, out of (pets)\/$/,
    (at, [, pets]) => {
      for (const split of ['train', 'test']) {
        for (const name of ['cat', 'dog']) at.rename(`${split}/${pets}/${name}`, `${split}/${name}`);
        at.remove(`${split}/${pets}`);
      }
    },
  ),
  onDisk(
    FOLDER,
    (at) => {
      at.write(trees('train', 'test'));
      at.link('/nowhere/at/all', 'train/eel');
    },
    /^mend or remove the link; is the disk that it leads to there\?$/,
    (at) => at.remove('train/eel'),
  ),
  onDisk(
    FOLDER,
    (at) => {
      at.write(trees('train', 'test'));
      at.link('../../train', 'train/dog/loop');
    },
    /^remove the link; whatever lies there would count as dog$/,
    (at) => at.remove('train/dog/loop'),
  ),
  onDisk(
    FOLDER,
    (at) => {
      at.write(trees('train', 'test'));
      at.link('.', 'train/all');
    },
    /^remove the link$/,
    (at) => at.remove('train/all'),
  ),
  onDisk(
    FOLDER,
    (at) => {
      at.write(trees('train', 'test'));
      at.link('../../train/cat/1.png', 'test/cat/4.png');
    },
    /^remove one of the two; the other is .*train\/cat\/1\.png$/,
    (at) => at.remove('test/cat/4.png'),
  ),
  onDisk(
    { ...FOLDER, validation: 0.4 },
    (at) => at.write({ ...trees('train', 'test'), 'train/cat/3.png': 'no image' }),
    /^replace or remove them, or leave them out: (--set data\.skipBadImages=true)$/,
    (_, [, flag]) => flag,
    (config) => `lr-find ${config} --steps 10`,
  ),
  onDisk(
    FOLDER,
    (at) => at.write({ ...trees('test'), 'train/cat/1.png': PNG, 'train/dog/1.png': PNG }),
    /; or (--set data\.validation=test), which measures on the test set$/,
    (_, [, flag]) => flag,
    (config) => `train ${config} --quiet --out runs-of-${config}`,
  ),
];

const LABELS = { name: 'label-file' };
const IMAGES: Files = { 'a/1.png': PNG, 'a/2.png': PNG, 'b/1.png': PNG, 'b/2.png': PNG };
const table = (rows: string, header = 'file,label'): string => `${header}\n${rows}\n`;
const ROWS = 'a/1.png,cat\na/2.png,dog\nb/1.png,cat';
/** Columns are named by the config, so that no default hides what is asked. */
const labelled = (labelFile: object): object => ({
  ...LABELS,
  labelFile: { file: 'labels.csv', image: 'file', label: 'label', ...labelFile },
});
/** A table of labels with a mistake, and its text as it should be. */
const inTable = (wrong: string, matches: RegExp, right = table(ROWS)): Situation =>
  onDisk(
    labelled({}),
    (at) => at.write({ ...IMAGES, 'labels.csv': wrong }),
    matches,
    (at) => at.write({ 'labels.csv': right }),
  );

const labelFiles: Situation[] = [
  onDisk(
    labelled({ file: 'lables.csv' }),
    (at) => at.write({ ...IMAGES, 'labels.csv': table(ROWS) }),
    /^did you mean (.*)\?$/,
    (_, [, file]) => `--set data.labelFile.file=${file}`,
  ),
  onDisk(
    labelled({ file: 'x' }),
    (at) => at.write({ ...IMAGES, 'labels.csv': table(ROWS) }),
    /^correct (data\.labelFile\.file)$/,
    (_, [, key]) => `--set ${key}=labels.csv`,
  ),
  onDisk(
    { ...LABELS, labelFile: { image: 'file', label: 'label' } },
    (at) => at.write({ ...IMAGES, 'my-table.csv': table(ROWS) }),
    /^(--set data\.labelFile\.file=.*)$/,
    (_, [, flag]) => flag,
  ),
  onDisk(
    { ...LABELS, labelFile: { image: 'file', label: 'label' } },
    (at) => at.write(IMAGES),
    /^write (metadata\.csv) there: a header of (.*), and a row for each image$/,
    (at, [, file, header]) => at.write({ [file]: table(ROWS, header) }),
  ),
  onDisk(
    { ...LABELS, labelFile: { image: 'file', label: 'label' } },
    (at) =>
      at.write({
        ...IMAGES,
        'metadata.csv': table(ROWS),
        'metadata.jsonl': '{"file":"a/1.png","label":1}\n',
      }),
    /^remove one of them, or (--set data\.labelFile\.file=.*)$/,
    (_, [, flag]) => flag,
  ),
  onDisk(
    { ...LABELS, labelFile: { image: 'file', label: 'label' } },
    (at) => {
      for (const split of ['train', 'val', 'valid'])
        at.write({
          [`${split}/1.png`]: PNG,
          [`${split}/2.png`]: PNG,
          [`${split}/metadata.csv`]: table('1.png,cat\n2.png,dog'),
        });
    },
    /^leave one of them there$/,
    (at) => at.remove('valid'),
  ),
  inTable(table(`${ROWS}\nb/2.png,`), /^give it one, or remove the row$/),
  inTable(table(`${ROWS}\na/1.png,dog`), /^remove one of the two$/),
  inTable(
    table(`${ROWS}\n/b/2.png,dog`),
    /^give paths relative to the folder of the file$/,
    table(`${ROWS}\nb/2.png,dog`),
  ),
  inTable(table(`${ROWS}\nb/2.pgn,dog`), /^did you mean (?:1|2)\.png\?$/, table(`${ROWS}\nb/2.png,dog`)),
  onDisk(
    labelled({}),
    (at) => at.write({ ...IMAGES, 'c/1.heic': 'heic', 'labels.csv': table(`${ROWS}\nc/1.heic,dog`) }),
    /^convert it: /,
    (at) => at.write({ 'c/1.jpg': PNG, 'labels.csv': table(`${ROWS}\nc/1.jpg,dog`) }),
  ),
  onDisk(
    labelled({ file: 'inner/labels.csv' }),
    (at) => at.write({ ...IMAGES, 'inner/labels.csv': table('../../outside/1.png,cat\n../a/2.png,dog') }),
    /^set data\.dir to the folder that holds all images$/,
    (at) => {
      at.write({ 'a/9.png': PNG, 'inner/labels.csv': table('../a/9.png,cat\n../a/2.png,dog') });
    },
  ),
  inTable(
    table('one two three.png,cat\na/2.png,dog'),
    /^set data\.dir, or (data\.labelFile\.image) if file has no paths$/,
  ),
  onDisk(
    labelled({ split: 'part' }),
    (at) =>
      at.write({
        ...IMAGES,
        'labels.csv': table('a/1.png,cat,train\na/2.png,dog,training!', 'file,label,part'),
      }),
    /^splits are called (train), validation \(val, valid, dev\) and test$/,
    (at, [, train]) =>
      at.write({ 'labels.csv': table(`a/1.png,cat,train\na/2.png,dog,${train}`, 'file,label,part') }),
  ),
  onDisk(
    labelled({ label: 'lable' }),
    (at) => at.write({ ...IMAGES, 'labels.csv': table(ROWS) }),
    /^(--set data\.labelFile\.label=label)$/,
    (_, [, flag]) => flag,
  ),
  inTable(`file,label\na/1.png,"ca"t\n`, /^quote values as CSV does: "a ""b"""$/),
  inTable(
    table(`${ROWS}\nb/2.png,dog,big`),
    /^quote values that hold a comma$/,
    table(`${ROWS}\nb/2.png,"dog,big"`),
  ),
  onDisk(
    labelled({ file: 'labels.txt' }),
    (at) => at.write({ ...IMAGES, 'labels.txt': ROWS }),
    /^write it as (CSV) with a header$/,
    (at) => {
      at.write({ 'labels.csv': table(ROWS) });
      return '--set data.labelFile.file=labels.csv';
    },
  ),
  onDisk(
    labelled({ label: 'file' }),
    (at) => at.write({ ...IMAGES, 'labels.csv': table('a/1.png,cat') }),
    /^say which column or member has the labels of the classes$/,
    (at) => {
      at.write({ 'labels.csv': table(ROWS) });
      return '--set data.labelFile.label=label';
    },
  ),
  onDisk(
    labelled({ classes: 'names.txt' }),
    (at) =>
      at.write({ ...IMAGES, 'labels.csv': table(ROWS), 'names.txt': 'cat\n', 'classes.txt': 'cat\ndog\n' }),
    /^correct (data\.labelFile\.classes)$/,
    (_, [, key]) => `--set ${key}=classes.txt`,
  ),
  ...(
    [
      ['cat\n', /^complete the list, or remove it: labels then tell the classes$/],
      ['cat\n\ndog\n', /^remove the empty line$/],
      ['cat\ndog\ncat\n', /^remove one of the two$/],
    ] as const
  ).map(([classes, matches]) =>
    onDisk(
      labelled({}),
      (at) => at.write({ ...IMAGES, 'labels.csv': table(ROWS), 'classes.txt': classes }),
      matches,
      (at) => at.write({ 'classes.txt': 'cat\ndog\n' }),
    ),
  ),
  onDisk(
    labelled({ split: 'part' }),
    (at) =>
      at.write({
        ...IMAGES,
        'labels.csv': table('a/1.png,0,train\na/2.png,1,train\nb/1.png,-1,test', 'file,label,part'),
      }),
    /^-1 stands for no label: name the files of the other splits, and none for (test)$/,
    (at) => at.write({ 'labels.csv': table('a/1.png,0,train\na/2.png,1,train', 'file,label,part') }),
  ),
];

const SHARDS = { name: 'tar-shards' };
const samples = (...more: Entry[]): Uint8Array =>
  tarBytes([['0.png', PNG], ['0.cls', '0'], ['1.png', PNG], ['1.cls', '1'], ...more]);
const inShard = (
  wrong: Uint8Array | string,
  matches: RegExp,
  mend: (folder: Folder, found: RegExpExecArray) => unknown = (at) => at.write({ 'train-0.tar': samples() }),
  shards = {},
): Situation =>
  onDisk(
    { ...SHARDS, shards },
    (at) => at.write({ 'train-0.tar': wrong, 'test-0.tar': samples() }),
    matches,
    mend,
  );

const shards: Situation[] = [
  inShard(samples(['0.png', PNG]), /^give each image a key of its own in its shard$/),
  inShard(
    samples(['2.png', '', 'SymbolicLink'], ['2.cls', '1']),
    /^pack the files that links lead to: tar --dereference/,
  ),
  inShard(
    samples(['0.jpg', PNG]),
    /^say which one is meant: (--set data\.shards\.image=png)$/,
    (_, [, flag]) => flag,
  ),
  inShard(
    tarBytes([
      ['0.png', PNG],
      ['0.label', '0'],
      ['1.png', PNG],
      ['1.label', '1'],
    ]),
    /^say where labels are: (--set data\.shards\.label=label)$/,
    (at, [, flag]) => {
      at.write({
        'test-0.tar': tarBytes([
          ['0.png', PNG],
          ['0.label', '0'],
        ]),
      });
      return flag;
    },
  ),
  inShard(
    tarBytes([
      ['0.png', PNG],
      ['1.png', PNG],
    ]),
    /^pack the labels with the images: KEY\.cls, with the number or the name of a class$/,
  ),
  inShard(
    tarBytes([
      ['0.png', PNG],
      ['0.json', '{"kind": 0}'],
      ['1.png', PNG],
      ['1.json', '{"kind": 1}'],
    ]),
    /^say which field it is: --set (data\.shards\.label=json)\.FIELD$/,
    (at, [, key]) => {
      at.write({
        'test-0.tar': tarBytes([
          ['0.png', PNG],
          ['0.json', '{"kind": 0}'],
        ]),
      });
      return `--set ${key}.kind`;
    },
    { label: 'json.label' },
  ),
  inShard(samples(['2.cls', '1']), /^pack it again; images are /),
  inShard(samples(['2.heic', PNG], ['2.cls', '1']), /^convert the images and pack them again: /),
  inShard(Buffer.from([0x1f, 0x8b, ...Array<number>(600).fill(1)]), /^shards are plain tar archives$/),
  inShard(samples().subarray(0, 700), /^fetch or pack it again$/),
  onDisk(
    { ...SHARDS, shards: { train: 'train-9.tar' } },
    (at) => at.write({ 'train-0.tar': samples() }),
    /^correct (data\.shards\.train): train-9\.tar$/,
    (_, [, key]) => `--set ${key}=train-0.tar`,
  ),
  onDisk(
    { ...SHARDS, shards: { train: 'train-*.tar', test: 'train-0.tar' } },
    (at) => at.write({ 'train-0.tar': samples(), 'train-1.tar': samples() }),
    /^leave it out of one of the two$/,
    () => '--set data.shards.train=train-1.tar',
  ),
  onDisk(
    SHARDS,
    (at) => at.write({ 'a.tar': samples(), 'b.tar': samples() }),
    /^say which are for what: (--set data\.shards\.train)="a\.tar" (--set data\.shards\.test)=…$/,
    (_, [, train, test]) => `${train}=a.tar ${test}=b.tar`,
  ),
  onDisk(
    SHARDS,
    (at) => at.write({ 'inner/deep/deeper/deepest/train-0.tar': samples() }),
    /^set data\.dir to the folder of the \.tar files$/,
    (at) => `--set data.dir=${at.name}/inner/deep/deeper/deepest`,
  ),
];

const golden = JSON.parse(
  readFileSync(new URL('../data/sets/parquet/pyarrow.golden.json', import.meta.url), 'utf8'),
) as Record<string, string>;
const PARQUET = Object.fromEntries(
  Object.entries(golden)
    .filter(([name]) => /^(train|test|valid).*\.parquet$/.test(name))
    .map(([name, text]) => [name, Buffer.from(text, 'base64')]),
);
const TRAIN_0 = 'train-00000-of-00002.parquet';

const parquets: Situation[] = [
  onDisk(
    { name: 'parquet', parquet: { image: 'imgae' } },
    (at) => at.write(PARQUET),
    /^(--set data\.parquet\.image=image)$/,
    (_, [, flag]) => flag,
  ),
  onDisk(
    { name: 'parquet' },
    (at) => at.write(Object.fromEntries(Object.entries(PARQUET).filter(([name]) => name !== TRAIN_0))),
    /^fetch it, or name the files that are meant: --set data\.parquet\.train=…$/,
    (at) => at.write({ [TRAIN_0]: PARQUET[TRAIN_0]! }),
  ),
  onDisk(
    { name: 'parquet' },
    (at) => at.write({ ...PARQUET, [TRAIN_0]: 'version https://git-lfs.github.com/spec/v1\n' }),
    /^fetch it again; after git clone: git lfs pull$/,
    (at) => at.write({ [TRAIN_0]: PARQUET[TRAIN_0]! }),
  ),
];

/** Scenes take a while to draw. */
export const FEW = ' --set data.scenes.train=12 --set data.scenes.test=6';

export const DATA_SITUATIONS: readonly Situation[] = [
  ...masks,
  ...folders,
  ...labelFiles,
  ...shards,
  ...parquets,
  {
    typed: `data check${FEW}`,
    matches: /^one of .*\b(scenes)\b.*, such as: involve (data check) intel$/,
    then: ([, name, command]) => `${command} ${name}${FEW}`,
  },
  {
    typed: 'data get inteel --from x',
    matches: /^did you mean "intel"\?$/,
    // What it says next has an advice of its own: there is no such file.
    then: () => 'data get scenes',
  },
  {
    typed: 'data get something',
    matches: /^one of .*\b(scenes)$/,
    then: ([, name]) => `data get ${name}`,
  },
];

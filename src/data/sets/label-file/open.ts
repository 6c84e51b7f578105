import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, isAbsolute, join, relative } from 'node:path';
import { posix } from 'node:path';
import { closestString } from '../../../util/closest-string.js';
import { imageExtensions } from '../../formats/decode-image.js';
import { FileStamps } from '../../formats/file-stamp.js';
import { ListingWitness } from '../../formats/listing-witness.js';
import { readFolder } from '../../formats/read-folder.js';
import { readClassNames } from '../../formats/samples/class-names.js';
import { labelText, shownValue } from '../../formats/samples/label-text.js';
import {
  labelledSource,
  type LabelledImages,
  type LabelledSplits,
} from '../../formats/samples/labelled-source.js';
import { ProblemList } from '../../formats/samples/problem-list.js';
import { splitNamed, type SplitOfSet } from '../../formats/samples/split-files.js';
import { unreadFormat } from '../../formats/unread-formats.js';
import { StringPacker } from '../../index/packed-strings.js';
import type { DataSource } from '../../source.js';
import { readTable, tableExtensions, type Columns } from './read-table.js';
import { keepRows, keptRows, type Reading, type Rows, type RowsBySplit } from './rows-index.js';

/** `data.labelFile` of the config. */
export interface LabelFileOptions {
  readonly file: string | null;
  readonly image: string;
  readonly label: string;
  readonly split: string | null;
  readonly classes: string | null;
}

const usual: LabelFileOptions = {
  ...{ file: null, image: 'file_name', label: 'label', split: null, classes: null },
};

/** What the Hub's imagefolder looks for (datasets, folder_based_builder). */
const usualFiles = ['metadata.csv', 'metadata.jsonl'] as const;

/**
 * Reads the table of labels; every image it names is looked for, none is decoded.
 * @param cacheDir where the rows of large tables are kept; null: nowhere
 */
export function openLabelFile(
  dir: string,
  given: LabelFileOptions = usual,
  cacheDir: string | null = null,
): DataSource {
  const problems = new ProblemList();
  const tables = tablesIn(dir, given, problems);
  problems.refuse('E_DATA_LAYOUT');
  const classes = readClassNames(dir, given.classes, 'data.labelFile.classes');
  const reading: Reading = {
    dir,
    tables: tables.map(({ path }) => relative(dir, path)),
    columns: [given.image, given.label, given.split],
  };
  let rows = cacheDir === null ? null : keptRows(reading, cacheDir);
  let unkept: string | null = null;
  if (rows === null) {
    const witness = new ListingWitness(dir);
    rows = readRows(dir, tables, given, witness, problems);
    problems.refuse('E_DATA_LABELS');
    if (cacheDir !== null) unkept = keepRows(reading, rows, witness.seen, cacheDir);
  }
  const splits = Object.fromEntries([...rows].map(([split, each]) => [split, imagesOf(dir, each)]));
  if (splits.train === undefined) {
    problems.add({
      what: 'no row is of train',
      where: tables.map(({ path }) => path).join(', '),
      try: 'splits are called train, validation (val, valid, dev) and test',
    });
    problems.refuse('E_DATA_LAYOUT');
  }
  return labelledSource(splits as unknown as LabelledSplits, {
    classes,
    listedIn: given.classes ?? 'classes.txt',
    notes:
      unkept === null
        ? []
        : [`the labels of ${dir} could not be kept, and are read anew at every start: ${unkept}`],
  });
}

/** Files in a folder that may be tables of labels. */
export function tablesBelow(dir: string): string[] {
  return namesIn(dir).filter((name) => tableExtensions.includes(extname(name).toLowerCase()));
}

// --- internal ---

interface Table {
  readonly path: string;
  /** Its folder, relative to that of the data: paths in it begin there. */
  readonly folder: string;
  /** The split that the folder is, where there is a table for each. */
  readonly split: SplitOfSet | null;
}

/** What the tables say; `problems` takes what is wrong, and `witness` is told what all of it rests on. */
function readRows(
  dir: string,
  tables: readonly Table[],
  given: LabelFileOptions,
  witness: ListingWitness,
  problems: ProblemList,
): RowsBySplit {
  const collected = new Map<SplitOfSet, Collected>();
  const seen = new Map<string, string>();
  const folders = new FolderNames(dir, witness);
  for (const { path, folder, split: ofFolder } of tables) {
    const columns: Columns = [
      { key: 'image', name: given.image },
      { key: 'label', name: given.label },
      ...(given.split === null ? [] : [{ key: 'split', name: given.split }]),
    ];
    witness.file(path);
    for (const { line, values } of readTable(path, columns, problems)) {
      const where = `${path}:${line}`;
      const [image, label, split] = values;
      const file = imagePath(folder, image, where, given, folders, problems);
      const text = labelText(label);
      if (text === null) {
        const none = label === undefined || label === null || String(label).trim() === '';
        problems.add({
          what: none
            ? `a row without a label${file === null ? '' : `: ${file}`}`
            : `the label is neither the name nor the number of a class: ${shownValue(label)}`,
          where,
          try: 'give it one, or remove the row',
        });
      }
      const target = ofFolder ?? splitOfRow(file, split, where, given, problems);
      if (file === null || text === null || target === null) continue;
      const first = seen.get(file);
      if (first !== undefined) {
        problems.add({ what: `${file} has a row already, at ${first}`, where, try: 'remove one of the two' });
        continue;
      }
      seen.set(file, where);
      const images = collected.get(target) ?? new Collected();
      collected.set(target, images);
      images.add(file, text);
    }
  }
  return new Map([...collected].map(([split, images]) => [split, images.rows]));
}

function tablesIn(dir: string, { file, image, label }: LabelFileOptions, problems: ProblemList): Table[] {
  if (file !== null) {
    const path = join(dir, file);
    const isThere = existsSync(path);
    if (isThere && statSync(path).isFile()) {
      const folder = relative(dir, dirname(path)).split('\\').join('/');
      return [{ path, folder, split: null }];
    }
    const near = closestString(basename(file), existsSync(dirname(path)) ? namesIn(dirname(path)) : []);
    problems.add({
      what: `the file of labels ${isThere ? 'is a folder' : 'is not there'}: ${file}`,
      where: path,
      try: near === undefined ? 'correct data.labelFile.file' : `did you mean ${near}?`,
    });
    return [];
  }
  const tableIn = (folder: string, split: SplitOfSet | null): Table[] => {
    const found = usualFiles.filter((name) => existsSync(join(dir, folder, name)));
    if (found.length > 1) {
      problems.add({
        what: `${found.join(' and ')} stand beside each other: which one has the labels cannot be told`,
        where: join(dir, folder),
        try: `remove one of them, or --set data.labelFile.file=${posix.join(folder, found[0]!)}`,
      });
    }
    return found.map((name) => ({ path: join(dir, folder, name), folder, split }));
  };
  const top = tableIn('', null);
  if (top.length > 0) return top;
  const inSplits = readFolder(dir, []).flatMap(({ name, kind }) => {
    const split = kind === 'folder' ? splitNamed(name) : undefined;
    return split === undefined ? [] : tableIn(name, split);
  });
  const twice = inSplits.find(({ split, path }) =>
    inSplits.some((other) => other.split === split && dirname(other.path) !== dirname(path)),
  );
  if (twice !== undefined) {
    problems.add({
      what: `two folders are the split ${twice.split}`,
      where: dir,
      try: 'leave one of them there',
    });
  }
  if (inSplits.length === 0) {
    const tables = tablesBelow(dir);
    problems.add({
      what: `no ${usualFiles.join(' or ')} in the data folder, or in train/ in it`,
      where: dir,
      try:
        tables[0] === undefined
          ? `write metadata.csv there: a header of ${image},${label}, and a row for each image`
          : `--set data.labelFile.file=${tables[0]}`,
    });
  }
  return inSplits;
}

function namesIn(dir: string): string[] {
  return readFolder(dir, []).flatMap(({ name, kind, unnamed }) =>
    kind === 'file' && unnamed === undefined ? [name] : [],
  );
}

/** The path of a row's image, relative to the folder of the data; null where something is wrong with it. */
function imagePath(
  folder: string,
  image: unknown,
  where: string,
  { image: column }: LabelFileOptions,
  folders: FolderNames,
  problems: ProblemList,
): string | null {
  const add = (what: string, advice?: string): null => {
    problems.add({ what, where, try: advice });
    return null;
  };
  if (typeof image !== 'string' || image.trim() === '') return add(`a row without an image (${column})`);
  if (isAbsolute(image) || /^[a-z]+:/i.test(image)) {
    return add(
      `${image} is no path within the folder of the data`,
      'give paths relative to the folder of the file',
    );
  }
  const within = (name: string): string => posix.normalize(posix.join(folder, name));
  // A backslash separates folders where the file was written on Windows; elsewhere it may be part of a name.
  const asWritten = within(image);
  const path =
    !image.includes('\\') || (!leadsOut(asWritten) && folders.has(asWritten))
      ? asWritten
      : within(image.split('\\').join('/'));
  if (leadsOut(path))
    return add(
      `${image} leads out of the folder of the data`,
      'set data.dir to the folder that holds all images',
    );
  const name = posix.basename(path);
  if (folders.has(path)) {
    if (imageExtensions.has(extname(name).toLowerCase())) return path;
    const unread = unreadFormat(name);
    return unread === undefined
      ? add(`${image} is no image: images are ${[...imageExtensions].join(' ')}`)
      : add(`${image} is ${unread.name}, which is not read`, `convert it: ${unread.convert}`);
  }
  const near = closestString(name, folders.beside(path));
  return add(
    `the image is not there: ${image}`,
    near === undefined
      ? `set data.dir, or data.labelFile.image if ${column} has no paths`
      : `did you mean ${near}?`,
  );
}

function splitOfRow(
  file: string | null,
  value: unknown,
  where: string,
  { split: column }: LabelFileOptions,
  problems: ProblemList,
): SplitOfSet | null {
  if (column === null) return file === null ? null : (splitNamed(file.split('/')[0]!) ?? 'train');
  const split = typeof value === 'string' ? splitNamed(value) : undefined;
  if (split !== undefined) return split;
  problems.add({
    what: `${shownValue(value ?? null)} is no split`,
    where,
    try: 'splits are called train, validation (val, valid, dev) and test',
  });
  return null;
}

/** Which files there are: a folder is listed once, however many of its images have a row. */
class FolderNames {
  readonly #dir: string;
  readonly #witness: ListingWitness;
  readonly #names = new Map<string, ReadonlySet<string>>();

  constructor(dir: string, witness: ListingWitness) {
    this.#dir = dir;
    this.#witness = witness;
  }

  has(path: string): boolean {
    return this.#in(posix.dirname(path)).has(posix.basename(path));
  }

  beside(path: string): Iterable<string> {
    return this.#in(posix.dirname(path));
  }

  #in(folder: string): ReadonlySet<string> {
    let names = this.#names.get(folder);
    if (names === undefined) {
      names = new Set(
        readFolder(join(this.#dir, folder), [], this.#witness).flatMap(({ name, kind, unnamed }) =>
          kind === 'folder' || kind === 'nowhere' || unnamed !== undefined ? [] : [name],
        ),
      );
      this.#names.set(folder, names);
    }
    return names;
  }
}

/** The images of a split as rows bring them. */
class Collected {
  readonly #paths = new StringPacker();
  readonly #labels: number[] = [];
  readonly #places = new Map<string, number>();

  add(path: string, label: string): void {
    const place = this.#places.get(label) ?? this.#places.size;
    this.#places.set(label, place);
    this.#labels.push(place);
    this.#paths.add(path);
  }

  get rows(): Rows {
    const paths = this.#paths.packed();
    return { paths, labels: Uint32Array.from(this.#labels), texts: [...this.#places.keys()] };
  }
}

function imagesOf(dir: string, { paths, labels, texts }: Rows): LabelledImages {
  const name = (index: number): string => paths.at(index);
  const path = (index: number): string => join(dir, paths.at(index));
  const stamps = new FileStamps(paths.count, name, path);
  return {
    labels,
    texts,
    name: path,
    stamp: (index) => stamps.at(index),
    encoded: path,
    place: (index) => ({ path: path(index), stretch: null, state: stamps.state(index) }),
  };
}

function leadsOut(path: string): boolean {
  return path === '..' || path.startsWith('../');
}

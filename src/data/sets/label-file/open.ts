import { join, relative } from 'node:path';
import { FileStamps } from '../../formats/file-stamp.js';
import { ListingWitness } from '../../formats/listing-witness.js';
import { readClassNames } from '../../formats/samples/class-names.js';
import {
  labelledSource,
  type LabelledImages,
  type LabelledSplits,
} from '../../formats/samples/labelled-source.js';
import { ProblemList } from '../../formats/samples/problem-list.js';
import type { DataSource } from '../../source.js';
import { readRows } from './read-rows.js';
import { keepRows, keptRows, type Reading, type Rows } from './rows-index.js';
import { tablesIn, type LabelFileOptions } from './tables.js';

const usual: LabelFileOptions = {
  ...{ file: null, image: 'file_name', label: 'label', split: null, classes: null },
};

/**
 * Reads the table of labels; every image it names is looked for, none is decoded.
 * @param cacheDir where the rows of large tables are kept; null: nowhere
 * @param signal stops the reading
 * @throws the reason of `signal`
 */
export async function openLabelFile(
  dir: string,
  given: LabelFileOptions = usual,
  cacheDir: string | null = null,
  signal?: AbortSignal,
): Promise<DataSource> {
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
    rows = await readRows(dir, tables, given, witness, problems, signal);
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

// --- internal ---

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

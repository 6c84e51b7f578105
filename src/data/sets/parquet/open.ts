import { join } from 'node:path';
import { badInput, type Problem } from '../../../util/errors.js';
import { closestString } from '../../../util/closest-string.js';
import { fileStamp } from '../../formats/file-stamp.js';
import { readClassNames } from '../../formats/samples/class-names.js';
import { joinedImages } from '../../formats/samples/joined-images.js';
import {
  labelledSource,
  type LabelledImages,
  type LabelledSplits,
} from '../../formats/samples/labelled-source.js';
import { labelText, shownValue } from '../../formats/samples/label-text.js';
import { ProblemList } from '../../formats/samples/problem-list.js';
import { splitFiles, splitNames } from '../../formats/samples/split-files.js';
import { indexPath, isSettled, readIndex, writeIndex } from '../../index/index-file.js';
import { turns } from '../../parallel.js';
import { readProblem } from '../../read-problem.js';
import type { DataSource } from '../../source.js';
import { shellWord } from '../../../util/shell-words.js';
import { errorCode } from '../../../util/system-error.js';
import { openParquetFile, type ParquetFile } from './parquet-file.js';
import { RowGroupImages } from './row-groups.js';

/** `data.parquet` of the config. */
export interface ParquetOptions {
  readonly train: string | null;
  readonly validation: string | null;
  readonly test: string | null;
  readonly image: string;
  readonly label: string;
  readonly classes: string | null;
}

const usual: ParquetOptions = {
  ...{ train: null, validation: null, test: null },
  ...{ image: 'image', label: 'label', classes: null },
};

/**
 * Lists Parquet files: footers and labels are read, images by the row group when they are asked for.
 * @param cacheDir where the labels are kept
 * @param signal stops before the next file
 * @throws the reason of `signal`
 */
export async function openParquet(
  dir: string,
  given: ParquetOptions = usual,
  cacheDir: string,
  signal?: AbortSignal,
): Promise<DataSource> {
  const breathe = turns(signal);
  const problems = new ProblemList();
  const files = splitFiles(dir, given, { key: 'data.parquet', extension: '.parquet' }, problems);
  for (const split of splitNames)
    for (const problem of missingShards(dir, files[split] ?? [])) problems.add(problem);
  problems.refuse('E_DATA_LAYOUT');
  const listed = readClassNames(dir, given.classes, 'data.parquet.classes');
  const splits: Partial<Record<string, LabelledImages>> = {};
  const named: { readonly path: string; readonly names: readonly string[] }[] = [];
  for (const split of splitNames) {
    const parts: LabelledImages[] = [];
    for (const name of files[split] ?? []) {
      await breathe();
      const path = join(dir, name);
      const file = await opened(path, given, problems);
      if (file === null) continue;
      const names = classLabelNames(file, given.label);
      if (names !== null) named.push({ path, names });
      parts.push(await imagesOf(file, name, given, cacheDir, problems));
    }
    if (files[split] !== undefined) splits[split] = joinedImages(parts);
  }
  const [first, ...others] = named;
  for (const { path, names } of others) {
    if (names.join('\n') === first!.names.join('\n')) continue;
    problems.add({
      what: `its ClassLabel names other classes than that of ${first!.path}`,
      where: path,
      try: 'files of one set belong together: fetch all of them again',
    });
  }
  problems.refuse('E_DATA_PARQUET');
  const ofLabel = given.classes === null ? first?.names : undefined;
  return labelledSource(splits as LabelledSplits, {
    classes: ofLabel ?? listed,
    listedIn: ofLabel === undefined ? (given.classes ?? 'classes.txt') : `the ClassLabel of ${given.label}`,
    notes: [],
  });
}

// --- internal ---

/** Changes when the same file would give another index. */
const rules = 'parquet-1';

/** `train-00000-of-00002.parquet` says how many there are. */
function missingShards(dir: string, names: readonly string[]): Problem[] {
  const there = new Set(names);
  const found = new Map<string, Problem>();
  for (const name of names) {
    const match = /^(.*?)(\d+)-of-(\d+)(\.parquet)$/i.exec(name);
    if (match === null) continue;
    const [, start, number, total, end] = match;
    for (let i = 0; i < Number(total); i++) {
      const shard = `${start}${String(i).padStart(number!.length, '0')}-of-${total}${end}`;
      if (there.has(shard)) continue;
      found.set(shard, {
        what: `${shard} is missing: ${name} says that there are ${Number(total)}`,
        where: dir,
        try: 'fetch it, or name the files that are meant: --set data.parquet.train=…',
      });
    }
  }
  return [...found.values()];
}

async function opened(
  path: string,
  given: ParquetOptions,
  problems: ProblemList,
): Promise<ParquetFile | null> {
  let file: ParquetFile;
  try {
    file = await openParquetFile(path);
  } catch (error) {
    problems.add(
      errorCode(error) === ''
        ? {
            what: `no Parquet file, or cut short: ${(error as Error).message}`,
            where: path,
            try: 'fetch it again; after git clone: git lfs pull',
          }
        : readProblem(error, 'the Parquet file', path),
    );
    return null;
  }
  const before = problems.count;
  for (const key of ['image', 'label'] as const) {
    const column = given[key];
    if (!file.columns.includes(column)) {
      const meant = closestString(column, file.columns);
      problems.add({
        what: `no column ${column}; it has ${file.columns.join(', ')}`,
        where: path,
        try: `--set data.parquet.${key}=${shellWord(meant ?? 'COLUMN')}`,
      });
      continue;
    }
    for (const codec of file.unreadCodecs(column)) {
      problems.add({
        what: `the column ${column} is compressed with ${codec}, which is not read`,
        where: path,
        try: "write it again with Snappy or zstd: pyarrow.parquet.write_table(table, file, compression='zstd')",
      });
    }
  }
  const fields = file.fieldsOf(given.image);
  if (problems.count === before && fields.length > 0 && !fields.includes('bytes')) {
    problems.add({
      what: `the column ${given.image} has no bytes, but ${fields.join(', ')}`,
      where: path,
      try: 'images must lie in the file: dataset.cast_column("image", Image()) and embed them before it is written',
    });
  }
  return problems.count === before ? file : null;
}

/** The names that the `huggingface` metadata of the schema gives the label's numbers (datasets.ClassLabel). */
function classLabelNames({ metadata }: ParquetFile, label: string): readonly string[] | null {
  try {
    const said = JSON.parse(metadata.get('huggingface') ?? 'null') as {
      info?: { features?: Record<string, { _type?: string; names?: unknown }> };
    } | null;
    const feature = said?.info?.features?.[label];
    const names = feature?._type === 'ClassLabel' ? feature.names : undefined;
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null;
  } catch {
    return null;
  }
}

interface Head {
  readonly stamp: string;
  readonly texts: readonly string[];
}

async function imagesOf(
  file: ParquetFile,
  name: string,
  given: ParquetOptions,
  cacheDir: string,
  problems: ProblemList,
): Promise<LabelledImages> {
  const key = JSON.stringify([rules, file.path, given.label]);
  const place = indexPath(cacheDir, 'parquet', key);
  const stamp = fileStamp(name, file.path);
  const kept = readIndex<Head>(place, key);
  let labels = kept?.head.stamp === stamp ? (kept.arrays.labels as Uint32Array) : null;
  let texts = kept?.head.texts ?? [];
  if (labels === null) {
    const before = problems.count;
    ({ labels, texts } = await readLabels(file, given.label, problems));
    if (problems.count === before && isSettled(file.path) && fileStamp(name, file.path) === stamp)
      writeIndex<Head>(place, key, { head: { stamp, texts }, arrays: { labels } });
  }
  const images = new RowGroupImages(file, given.image);
  return {
    labels,
    texts,
    name: (index) => `${file.path}#${index}`,
    stamp: (index) => `${stamp}|${given.image}|${index}`,
    encoded: (index) => images.at(index),
  };
}

async function readLabels(
  file: ParquetFile,
  column: string,
  problems: ProblemList,
): Promise<{ readonly labels: Uint32Array; readonly texts: readonly string[] }> {
  const labels = new Uint32Array(file.rows);
  const places = new Map<string, number>();
  for (const [group, start] of file.starts.entries()) {
    let values: readonly unknown[];
    try {
      values = await file.read(column, start, file.starts[group + 1] ?? file.rows);
    } catch (error) {
      const what = `its labels cannot be read: ${(error as Error).message}`;
      problems.add({ what, where: `${file.path}: row group ${group}`, try: 'fetch it again' });
      continue;
    }
    values.forEach((value, i) => {
      const text = labelText(value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value);
      if (text === null) {
        const what = value == null ? 'a row without a label' : `no label: ${shownValue(value)}`;
        problems.add({ what, where: `${file.path}#${start + i}` });
        return;
      }
      const known = places.get(text) ?? places.size;
      places.set(text, known);
      labels[start + i] = known;
    });
  }
  if (file.rows === 0)
    throw badInput('E_DATA_PARQUET', { what: 'a Parquet file without rows', where: file.path });
  return { labels, texts: [...places.keys()] };
}

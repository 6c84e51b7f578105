import { existsSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, posix, relative } from 'node:path';
import { closestString } from '../../../util/closest-string.js';
import { shellWord } from '../../../util/shell-words.js';
import { readFolder } from '../../formats/read-folder.js';
import type { ProblemList } from '../../formats/samples/problem-list.js';
import { splitNamed, type SplitOfSet } from '../../formats/samples/split-files.js';
import { tableExtensions } from './read-table.js';

/** `data.labelFile` of the config. */
export interface LabelFileOptions {
  readonly file: string | null;
  readonly image: string;
  readonly label: string;
  readonly split: string | null;
  readonly classes: string | null;
}

/** A table of labels. */
export interface Table {
  readonly path: string;
  /** Its folder, relative to that of the data: paths in it begin there. */
  readonly folder: string;
  /** The split that the folder is, where there is a table for each. */
  readonly split: SplitOfSet | null;
}

/** What the Hub's imagefolder looks for (datasets, folder_based_builder). */
const usualFiles = ['metadata.csv', 'metadata.jsonl'] as const;

/** Files in a folder that may be tables of labels. */
export function tablesBelow(dir: string): string[] {
  return namesIn(dir).filter((name) => tableExtensions.includes(extname(name).toLowerCase()));
}

/** The tables of a data folder; `problems` takes what is wrong with where they stand. */
export function tablesIn(
  dir: string,
  { file, image, label }: LabelFileOptions,
  problems: ProblemList,
): Table[] {
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
        try: `remove one of them, or --set data.labelFile.file=${shellWord(posix.join(folder, found[0]!))}`,
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
          : `--set data.labelFile.file=${shellWord(tables[0])}`,
    });
  }
  return inSplits;
}

// --- internal ---

function namesIn(dir: string): string[] {
  return readFolder(dir, []).flatMap(({ name, kind, unnamed }) =>
    kind === 'file' && unnamed === undefined ? [name] : [],
  );
}

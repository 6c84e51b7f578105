import { existsSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { reading } from '../../read-problem.js';
import { byCodePoint } from '../../source.js';
import { expandBraces, globTest, isGlob } from './file-pattern.js';
import type { ProblemList } from './problem-list.js';

export const splitNames = ['train', 'validation', 'test'] as const;
export type SplitOfSet = (typeof splitNames)[number];

/** How people call the splits. */
const spoken: Readonly<Record<SplitOfSet, readonly string[]>> = {
  train: ['train', 'training'],
  validation: ['validation', 'val', 'valid', 'dev'],
  test: ['test', 'testing'],
};

/** The split that a word stands for. */
export function splitNamed(word: string): SplitOfSet | undefined {
  const plain = word.trim().toLowerCase();
  return splitNames.find((split) => spoken[split].includes(plain));
}

/** Which files make each split, below the folder of the data. */
export type SplitFiles = Readonly<Partial<Record<SplitOfSet, readonly string[]>>>;

export interface PatternsOfSplits {
  readonly train: string | null;
  readonly validation: string | null;
  readonly test: string | null;
}

/**
 * The files of every split: those that the config names, where it names any, else those that carry a split's name, in
 * the folder or in one below it. Sorted by code point.
 *
 * @param key of the config, for messages: `data.shards`
 * @param extension of the files, with its dot
 * @param problems gets what is wrong with what was asked for
 */
export function splitFiles(
  dir: string,
  patterns: PatternsOfSplits,
  { key, extension }: { readonly key: string; readonly extension: string },
  problems: ProblemList,
): SplitFiles {
  const found: Partial<Record<SplitOfSet, string[]>> = {};
  const isGiven = splitNames.some((split) => patterns[split] !== null);
  const all = isGiven ? [] : filesBelow(dir, extension);
  for (const split of splitNames) {
    const pattern = patterns[split];
    const files = isGiven
      ? pattern === null
        ? []
        : named(dir, pattern, `${key}.${split}`, problems)
      : all.filter((file) => splitOf(file, extension) === split);
    if (files.length > 0) found[split] = [...new Set(files)].sort(byCodePoint);
  }
  if (problems.count === 0 && found.train === undefined) {
    const some = isGiven ? filesBelow(dir, extension) : all;
    problems.add({
      what: isGiven
        ? `${key} names no files to train on`
        : `no ${extension} file that is called train, such as train-000000${extension}` +
          (some.length === 0 ? '' : `; there ${some.length === 1 ? 'is' : 'are'} ${listed(some)}`),
      where: dir,
      try:
        some.length === 0
          ? `set data.dir to the folder of the ${extension} files`
          : `say which are for what: --set ${key}.train=${JSON.stringify(some[0])} --set ${key}.test=…`,
    });
  }
  shared(found, key, problems);
  return found;
}

/** Whether there is a file of that kind in a folder, or in one right below it. */
export function hasFileBelow(dir: string, extension: string): boolean {
  return filesBelow(dir, extension, 1).length > 0;
}

// --- internal ---

/** Files of one kind in a folder and in those below it, to a depth at which sets keep them; relative to it. */
function filesBelow(dir: string, extension: string, depth = 2, inside = ''): string[] {
  const entries = reading('the folder', dir, () => readdirSync(join(dir, inside), { withFileTypes: true }));
  const paths = entries
    .filter(({ name }) => !name.startsWith('.'))
    .flatMap((entry) => {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.name.toLowerCase().endsWith(extension)) return entry.isDirectory() ? [] : [path];
      return entry.isDirectory() && depth > 0 ? filesBelow(dir, extension, depth - 1, path) : [];
    });
  return paths.sort(byCodePoint);
}

/** The split that a path speaks of: a word of the file's name, else a folder's name. */
function splitOf(path: string, extension: string): SplitOfSet | undefined {
  const parts = path.split('/');
  const words = parts
    .pop()!
    .slice(0, -extension.length)
    .split(/[-_.\s]/);
  for (const word of [...words, ...parts.reverse()]) {
    const split = splitNamed(word);
    if (split !== undefined) return split;
  }
  return undefined;
}

/** The files that a pattern stands for; what it names and is not there is a problem. */
function named(dir: string, pattern: string, key: string, problems: ProblemList): string[] {
  return expandBraces(pattern).flatMap((name) => {
    const files = isGlob(name) ? globbed(dir, name) : existsSync(join(dir, name)) ? [name] : [];
    if (files.length === 0) {
      const what = isGlob(name) ? `no file is called ${name}` : `${name} is not there`;
      problems.add({ what, where: `${dir}${sep}: ${key}`, try: `correct ${key}: ${pattern}` });
    }
    return files;
  });
}

function globbed(dir: string, glob: string): string[] {
  let found = [''];
  for (const [at, part] of glob.split('/').entries()) {
    const test = isGlob(part) ? globTest(part) : null;
    found = found.flatMap((folder) => {
      const inside = (name: string): string => (at === 0 ? name : `${folder}/${name}`);
      if (test === null) return existsSync(join(dir, inside(part))) ? [inside(part)] : [];
      try {
        return readdirSync(join(dir, folder)).filter(test).map(inside);
      } catch {
        return []; // A file where the glob has a folder.
      }
    });
  }
  return found;
}

/** A file that is in two splits would be learned and measured. */
function shared(found: SplitFiles, key: string, problems: ProblemList): void {
  const owners = new Map<string, SplitOfSet>();
  for (const split of splitNames) {
    for (const file of found[split] ?? []) {
      const other = owners.get(file);
      if (other === undefined) owners.set(file, split);
      else
        problems.add({
          what: `${file} is in ${other} and in ${split}`,
          where: `${key}.${split}`,
          try: `leave it out of one of the two`,
        });
    }
  }
}

function listed(files: readonly string[]): string {
  return files.slice(0, 3).join(', ') + (files.length > 3 ? `, … (${files.length})` : '');
}

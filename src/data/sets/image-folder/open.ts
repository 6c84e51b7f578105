import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { badInput, type Problem } from '../../../util/errors.js';
import { openTrees, subfolder } from '../../formats/class-folders.js';
import { isAside, nowhere } from '../../formats/class-folder.js';
import { readFolder, type FolderEntry } from '../../formats/read-folder.js';
import { byCodePoint, type DataSource } from '../../source.js';

/** What people call the split that is looked at while training. */
const validationNames = ['validation', 'val', 'valid', 'dev'] as const;

/** Names that other things have too: the split is theirs where they hold a class of train. */
const unsureNames: readonly string[] = ['valid', 'dev'];

/**
 * `train/<class>/*` beside `test/<class>/*`, and a third split under one of its usual names. With only `train` and
 * that one, it is what results are reported on, so it is the test set and validation is held out of train, as for
 * every other set.
 */
export async function openImageFolder(
  dir: string,
  cacheDir: string | null = null,
  signal?: AbortSignal,
): Promise<DataSource> {
  const { folders, files } = standingIn(dir);
  const train = subfolder(dir, 'train');
  const test = subfolder(dir, 'test');
  const thirds = validationNames.filter((name) => {
    const path = subfolder(dir, name);
    return (
      path !== null && (!unsureNames.includes(name) || (train !== null && haveClassInCommon(train, path)))
    );
  });
  if (thirds.length > 1) {
    throw badInput('E_DATA_LAYOUT', {
      what: `${thirds.map((name) => `${name}/`).join(' and ')} stand beside train/: which one is the validation set cannot be told`,
      where: dir,
      try: 'leave one of them there, and move the others elsewhere',
    });
  }
  const validation = thirds.length === 0 ? null : join(dir, thirds[0]!);
  if (train === null || (test === null && validation === null)) {
    const found = train === null ? listed(folders) : '';
    // The name is there: nobody would look at what kind of thing it is.
    const taken = files.length === 0 ? '' : `; ${filesNamed(files)}`;
    throw badInput('E_DATA_LAYOUT', {
      what:
        train === null
          ? `no folder train/ in the data folder${found === '' ? '' : `; it holds ${found}`}${taken}`
          : `the data folder has train/ but neither test/ nor val/ nor validation/${taken}`,
      where: dir,
      try: 'lay it out as train/<class>/*.jpg and test/<class>/*.jpg (val/, valid/, validation/ or dev/ instead of test/ will do)',
    });
  }
  const source = await openTrees(
    { train, test: test ?? validation!, validation: test === null ? null : validation },
    cacheDir,
    signal,
  );
  const used = [train, test ?? validation!, validation ?? train].map(identity);
  const unused = folders.filter((name) => !used.includes(identity(join(dir, name))));
  return {
    ...source,
    notes: [
      ...(test === null ? [`test: the folder ${validation!}`] : []),
      ...(unused.length === 0 ? [] : [`not used, beside train/: ${listed(unused)}`]),
      ...(files.length === 0 ? [] : [`not used, beside train/: ${filesNamed(files)}`]),
      ...source.notes,
    ],
  };
}

// --- internal ---

/**
 * Folders of the data folder, and what has the name of a split and is none, in order; refuses such a name of a link to
 * nowhere.
 */
function standingIn(dir: string): { folders: string[]; files: string[] } {
  const problems: Problem[] = [];
  const entries = readFolder(dir, problems);
  const splits = entries.filter(({ name }) => ['train', 'test', ...validationNames].includes(name));
  for (const entry of splits)
    if (entry.kind === 'nowhere') problems.push(nowhere(join(dir, entry.name), entry));
  if (problems.length > 0) throw badInput('E_DATA_LAYOUT', problems);
  const namesOf = (found: readonly FolderEntry[]): string[] =>
    found.map(({ name, unnamed }) => unnamed ?? name).sort(byCodePoint);
  return {
    folders: namesOf(entries.filter((entry) => entry.kind === 'folder' && !isAside(entry))),
    files: namesOf(splits.filter(({ kind }) => kind !== 'folder')),
  };
}

function haveClassInCommon(train: string, other: string): boolean {
  const namesIn = (folder: string): string[] =>
    readFolder(folder, [])
      .filter((entry) => entry.kind === 'folder' && !isAside(entry))
      .map(({ name }) => name);
  const classes = new Set(namesIn(train));
  return namesIn(other).some((name) => classes.has(name));
}

/** The same for `Train` and `train` where capitals do not count. */
function identity(path: string): string {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats === undefined ? path : `${stats.dev} ${stats.ino}`;
}

/** `val and valid are files, no folders`. */
function filesNamed(names: readonly string[]): string {
  return names.length === 1
    ? `${names[0]!} is a file, no folder`
    : `${names.join(' and ')} are files, no folders`;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).map((name) => `${name}/`);
  return shown.join(', ') + (names.length > 5 ? ', …' : '');
}

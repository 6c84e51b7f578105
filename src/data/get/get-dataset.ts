import { existsSync, readdirSync, statSync } from 'node:fs';
import { copyFile, mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { badInput, InvolveError } from '../../util/errors.js';
import { defaultCacheDir } from '../../util/cache-dir.js';
import type { Fetching } from '../data-set.js';
import { countNotes } from '../published-counts.js';
import { knownClasses } from '../sets/index.js';
import type { DataSource } from '../source.js';
import { diskProblem } from './disk-problem.js';
import { fetchFiles, filesGiven } from './source-files.js';
import type { FetchableSet, FileInPlace, GetEvents, GetOptions } from './source-files.js';
import { unpack } from './unpack.js';
import { makeFolder } from '../../util/writing/make-folder.js';

export type { FetchableSet, GetOptions } from './source-files.js';

export interface Got {
  readonly dir: string;
  readonly source: DataSource;
  /** It was there already. */
  readonly present: boolean;
  readonly warnings: readonly string[];
}

/**
 * Puts a data set in place: fetches its files (going on where an earlier attempt stopped), verifies them, unpacks
 * them beside the target, opens it as training would, and only then renames it. What is in place is left alone.
 */
export async function getDataset(set: FetchableSet, options: GetOptions): Promise<Got> {
  const { events } = options;
  const dir = resolve(options.cwd, options.dir ?? join('datasets', set.name));
  const present = await openPresent(set, dir);
  if (present !== null) return { dir, source: present, present: true, warnings: warningsOf(present, set) };

  const parent = dirname(dir);
  const fetching = set.fetch!;
  const given = await filesGiven(fetching, options);
  const files = given ?? (await fetchFiles(set, dir, options));
  let unpacked = '';
  let made: readonly string[] = [];
  try {
    made = await makeFolder(parent);
    unpacked = await mkdtemp(join(parent, `.${basename(dir)}-unpacking-`));
    for (const file of files) await place(file, unpacked, fetching, events);
    const source = await set.open(unpacked, {}, defaultCacheDir());
    refuseOtherClasses(source, set, given === null ? dir : resolve(options.cwd, options.from!));
    if (existsSync(dir)) await rmdir(dir);
    await rename(unpacked, dir);
    if (given === null) await removeAll(files);
    return { dir, source, present: false, warnings: warningsOf(source, set) };
  } catch (error) {
    // Kept, a damaged archive would be taken for a good one by the next call.
    const damaged = error instanceof InvolveError && error.code.startsWith('E_ARCHIVE');
    if (damaged && given === null) await removeAll(files);
    throw diskProblem(error, parent) ?? error;
  } finally {
    if (unpacked !== '') await rm(unpacked, { recursive: true, force: true });
    // Of a set that was refused no empty folder stays.
    for (const folder of [...made].reverse()) await rmdir(folder).catch(() => undefined);
  }
}

/** The set at `dir`, null where there is nothing; anything else there is not ours to replace. */
async function openPresent(set: FetchableSet, dir: string): Promise<DataSource | null> {
  if (!existsSync(dir)) return null;
  if (statSync(dir).isDirectory() && readdirSync(dir).length === 0) return null;
  try {
    return await set.open(dir, {}, defaultCacheDir());
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    const [first] = error.problems;
    throw badInput(
      'E_DATA_PRESENT',
      {
        what: `there is something else at the place of ${set.name}: ${first!.what}`,
        where: first!.where ?? dir,
        try: `move ${dir} away, or choose another place: --dir DIR`,
      },
      { cause: error },
    );
  }
}

async function place(
  { file, remote }: FileInPlace,
  folder: string,
  { unpackedBytes }: Fetching,
  events: GetEvents | undefined,
): Promise<void> {
  if (remote.format === 'as-is') return copyFile(file, join(folder, basename(remote.url)));
  await unpack(file, folder, {
    format: remote.format,
    only: remote.only,
    // Room for larger copies of the set, none for a bomb.
    maximumBytes: unpackedBytes * 4,
    onProgress: events?.onUnpack,
  });
}

async function removeAll(files: readonly FileInPlace[]): Promise<void> {
  for (const { file } of files) await rm(file, { force: true });
}

function refuseOtherClasses(source: DataSource, set: FetchableSet, where: string): void {
  const expected = knownClasses({ name: set.name });
  if (expected === null || source.classes.join() === expected.join()) return;
  throw badInput('E_ARCHIVE', {
    what: `expected the classes ${expected.join(', ')}; this archive has ${source.classes.join(', ')}`,
    where,
    try: `the archive of ${set.page}`,
  });
}

function warningsOf(source: DataSource, { images }: FetchableSet): string[] {
  const counts = images === null ? [] : countNotes(source, images);
  return [...new Set([...counts, ...source.notes])];
}

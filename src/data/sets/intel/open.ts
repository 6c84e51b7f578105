import { join } from 'node:path';
import { badInput, type Problem } from '../../../util/errors.js';
import { openTrees, subfolder } from '../../formats/class-folders.js';
import { readFolder } from '../../formats/read-folder.js';
import { countNotes } from '../../published-counts.js';
import type { DataSource } from '../../source.js';

/**
 * The Intel Image Classification set in Kaggle's layout: `seg_train/seg_train/<class>/*.jpg` and
 * `seg_test/seg_test/<class>/*.jpg`. The doubled folder may be missing, and `dir` may lie one level above. Notes
 * where the numbers of images are not the published ones.
 */
export async function openIntel(
  dir: string,
  published: { readonly train: number; readonly test: number },
  signal?: AbortSignal,
): Promise<DataSource> {
  const folders = findIntel(dir);
  if (folders === null) {
    throw badInput('E_DATA_LAYOUT', {
      what: 'no folders seg_train/ and seg_test/ in the data folder',
      where: dir,
      try: 'unpack the whole archive there, or `involve data get intel --from archive.zip`',
    });
  }
  const source = await openTrees({ ...folders, validation: null }, null, signal);
  return { ...source, notes: [...countNotes(source, published), ...source.notes] };
}

/** The folders that hold the class folders, in `dir` or one level below; null where there are none. */
export function findIntel(dir: string): { train: string; test: string } | null {
  const problems: Problem[] = [];
  const nested = readFolder(dir, problems)
    .filter((entry) => entry.kind === 'folder' && !entry.name.startsWith('.') && entry.unnamed === undefined)
    .map((entry) => join(dir, entry.name));
  if (problems.length > 0) throw badInput('E_DATA_READ', problems);
  for (const root of [dir, ...nested]) {
    const train = subfolder(root, 'seg_train', 'seg_train') ?? subfolder(root, 'seg_train');
    const test = subfolder(root, 'seg_test', 'seg_test') ?? subfolder(root, 'seg_test');
    if (train !== null && test !== null) return { train, test };
  }
  return null;
}

import { join } from 'node:path';
import { badInput } from '../../util/errors.js';
import { isFolder } from '../read-problem.js';
import type { DataSource } from '../source.js';
import type { ClassTree } from './class-folder.js';
import { decodeVersion } from './decode-image.js';
import { listClassTree, treePart } from './folder-tree.js';
import { treeNotes } from './tree-notes.js';
import { treeProblems, type SplitTree } from './tree-problems.js';

/** Where the splits of a set of class folders lie. */
export interface TreeFolders {
  readonly train: string;
  readonly test: string;
  readonly validation: string | null;
}

/**
 * Lists the class folders of every split and checks that they fit together.
 * @param cacheDir where the listings of large trees are kept; null: nowhere
 * @param signal stops before the next class
 * @throws the reason of `signal`
 */
export async function openTrees(
  folders: TreeFolders,
  cacheDir: string | null = null,
  signal?: AbortSignal,
): Promise<DataSource> {
  const list = (dir: string): Promise<ClassTree> => listClassTree(dir, cacheDir, signal);
  const train = await list(folders.train);
  const test = await list(folders.test);
  const validation = folders.validation === null ? null : await list(folders.validation);
  const trees: SplitTree[] = [
    { split: 'train', tree: train },
    { split: 'test', tree: test },
  ];
  if (validation !== null) trees.push({ split: 'validation', tree: validation });
  const { problems, notes } = treeProblems(trees);
  if (problems.length > 0) throw badInput('E_DATA_CLASSES', problems);
  const classes = train.classes.map((folder) => folder.name);
  return {
    classes,
    notes: [...notes, ...treeNotes(trees.map(({ tree }) => tree))],
    version: decodeVersion,
    train: treePart(train, classes),
    test: treePart(test, classes),
    validation: validation === null ? undefined : treePart(validation, classes),
  };
}

/** The path of a folder within `dir`, or null. */
export function subfolder(dir: string, ...names: readonly string[]): string | null {
  const path = join(dir, ...names);
  return isFolder(path) ? path : null;
}

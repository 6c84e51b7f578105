import { join } from 'node:path';
import { badInput } from '../../util/errors.js';
import { isFolder } from '../read-problem.js';
import type { DataSource } from '../source.js';
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
 */
export function openTrees(folders: TreeFolders, cacheDir: string | null = null): DataSource {
  const train = listClassTree(folders.train, cacheDir);
  const test = listClassTree(folders.test, cacheDir);
  const validation = folders.validation === null ? null : listClassTree(folders.validation, cacheDir);
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

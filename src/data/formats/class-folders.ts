import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '../../util/errors.js';
import type { DataSource } from '../source.js';
import { decodeVersion } from './decode-image.js';
import { ignoredNotes, listClassTree, treePart, treeProblems } from './folder-tree.js';
import type { ClassTree } from './folder-tree.js';

/** Where the splits of a set of class folders lie. */
export interface TreeFolders {
  readonly train: string;
  readonly test: string;
  readonly validation: string | null;
}

/** Lists the class folders of every split and checks that they fit together. */
export function openTrees(folders: TreeFolders): DataSource {
  const train = listClassTree(folders.train);
  const test = listClassTree(folders.test);
  const validation = folders.validation === null ? null : listClassTree(folders.validation);
  const others: ClassTree[] = validation === null ? [test] : [test, validation];
  const problems = treeProblems(train, others);
  if (problems.length > 0) throw badInput('E_DATA_CLASSES', problems);
  const classes = train.classes.map((folder) => folder.name);
  return {
    classes,
    notes: ignoredNotes([train, ...others]),
    version: decodeVersion,
    train: treePart(train, classes),
    test: treePart(test, classes),
    validation: validation === null ? undefined : treePart(validation, classes),
  };
}

/** The path of a folder within `dir`, or null. */
export function subfolder(dir: string, ...names: readonly string[]): string | null {
  const path = join(dir, ...names);
  return existsSync(path) && statSync(path).isDirectory() ? path : null;
}

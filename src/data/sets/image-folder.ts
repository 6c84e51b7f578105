import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { badInput } from '../../util/errors.js';
import { decodeVersion } from '../formats/decode-image.js';
import { ignoredNotes, listClassTree, treePart, treeProblems } from '../formats/folder-tree.js';
import type { ClassTree } from '../formats/folder-tree.js';
import type { DataSource } from '../source.js';

/** Where the splits of a set of class folders lie. */
export interface TreeFolders {
  readonly train: string;
  readonly test: string;
  readonly validation: string | null;
}

/**
 * `train/<class>/*` beside `test/<class>/*`, and `val` or `validation` where there is a third split. With
 * only `train` and `val`, `val` is what results are reported on, so it is the test set and validation is held
 * out of train, as for every other set.
 */
export function openImageFolder(dir: string): Promise<DataSource> {
  const train = subfolder(dir, 'train');
  const test = subfolder(dir, 'test');
  const validation = subfolder(dir, 'validation') ?? subfolder(dir, 'val');
  if (train === null || (test === null && validation === null)) {
    throw badInput('E_DATA_LAYOUT', {
      what:
        train === null
          ? 'no folder train/ in the data folder'
          : 'the data folder has train/ but neither test/ nor val/ nor validation/',
      where: dir,
      try: 'lay it out as train/<class>/*.jpg and test/<class>/*.jpg (val/ or validation/ instead of test/ will do)',
    });
  }
  const source = openTrees({
    train,
    test: test ?? validation!,
    validation: test === null ? null : validation,
  });
  const notes = test === null ? [`test: the folder ${validation!}`] : [];
  return Promise.resolve({ ...source, notes: [...notes, ...source.notes] });
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
    ...(validation === null ? {} : { validation: treePart(validation, classes) }),
  };
}

/** The path of a folder within `dir`, or null. */
export function subfolder(dir: string, ...names: readonly string[]): string | null {
  const path = join(dir, ...names);
  return existsSync(path) && statSync(path).isDirectory() ? path : null;
}

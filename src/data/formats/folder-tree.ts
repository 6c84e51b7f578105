import { readdirSync, statSync } from 'node:fs';
import type { Dirent, Stats } from 'node:fs';
import { extname, join } from 'node:path';
import type { Problem } from '../../util/errors.js';
import { decodeImage, decodeNative, imageExtensions } from './decode-image.js';
import { byCodePoint } from '../source.js';
import type { SourcePart } from '../source.js';

/** The images below one folder of class folders. */
export interface ClassTree {
  readonly dir: string;
  readonly classes: readonly ClassFolder[];
  /** Files that are no images, relative to `dir`. */
  readonly ignored: readonly string[];
}

export interface ClassFolder {
  readonly name: string;
  readonly images: readonly ImageFile[];
}

export interface ImageFile {
  readonly path: string;
  readonly stamp: string;
}

/** Deeper nesting below a class folder is a loop of links, not a data set. */
const deepest = 16;

/** Lists `dir/<class>/**` sorted by code point. Hidden files and files that are no images are set aside. */
export function listClassTree(dir: string): ClassTree {
  const ignored: string[] = [];
  const classes: ClassFolder[] = [];
  for (const entry of entries(dir)) {
    if (entry.name.startsWith('.')) {
      ignored.push(entry.name);
    } else if (isFolder(dir, entry)) {
      const images: ImageFile[] = [];
      collect(dir, entry.name, 1, images, ignored);
      images.sort((a, b) => byCodePoint(a.path, b.path));
      classes.push({ name: entry.name, images });
    } else {
      ignored.push(entry.name);
    }
  }
  classes.sort((a, b) => byCodePoint(a.name, b.name));
  return { dir, classes, ignored: ignored.sort(byCodePoint) };
}

function collect(root: string, folder: string, depth: number, images: ImageFile[], ignored: string[]): void {
  for (const entry of entries(join(root, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.name.startsWith('.')) {
      ignored.push(path);
    } else if (isFolder(join(root, folder), entry)) {
      if (depth < deepest) collect(root, path, depth + 1, images, ignored);
    } else if (imageExtensions.has(extname(entry.name).toLowerCase())) {
      const stats = statOrNull(join(root, path));
      images.push({ path, stamp: `${path}|${stats?.size ?? -1}|${stats?.mtimeMs ?? 0}` });
    } else {
      ignored.push(path);
    }
  }
}

function entries(dir: string): Dirent[] {
  return readdirSync(dir, { withFileTypes: true });
}

/** Links count as what they point to. */
function isFolder(parent: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statOrNull(join(parent, entry.name))?.isDirectory() ?? false;
}

function statOrNull(file: string): Stats | null {
  return statSync(file, { throwIfNoEntry: false }) ?? null;
}

/** The images of a tree as a part of a data set; a class's label is its place in `classes`. */
export function treePart(tree: ClassTree, classes: readonly string[]): SourcePart {
  const files = tree.classes.flatMap((folder) => folder.images);
  const labels = Uint16Array.from(
    tree.classes.flatMap((folder) =>
      new Array<number>(folder.images.length).fill(classes.indexOf(folder.name)),
    ),
  );
  return {
    count: files.length,
    labels,
    name: (index) => join(tree.dir, files[index]!.path),
    stamp: (index) => files[index]!.stamp,
    read: (index, size, out) => decodeImage(join(tree.dir, files[index]!.path), size, out),
    native: (index) => decodeNative(join(tree.dir, files[index]!.path)),
  };
}

/** What is wrong with the class folders of several trees, all at once. */
export function treeProblems(train: ClassTree, others: readonly ClassTree[]): Problem[] {
  const problems: Problem[] = [];
  const names = train.classes.map((folder) => folder.name);
  if (names.length < 2) {
    problems.push({
      what: `expected a folder for each of at least two classes, found ${names.length}`,
      where: train.dir,
    });
  }
  for (const tree of [train, ...others]) {
    for (const folder of tree.classes) {
      if (folder.images.length > 0) continue;
      problems.push({
        what: `the class folder ${folder.name} holds no image`,
        where: join(tree.dir, folder.name),
        try: `add images (${[...imageExtensions].join(' ')}) or remove the folder`,
      });
    }
  }
  for (const tree of others) {
    const here = tree.classes.map((folder) => folder.name);
    const without = names.filter((name) => !here.includes(name));
    const extra = here.filter((name) => !names.includes(name));
    if (without.length === 0 && extra.length === 0) continue;
    const parts = [
      ...(without.length > 0 ? [`lacks ${without.join(', ')}`] : []),
      ...(extra.length > 0 ? [`has ${extra.join(', ')}, which train lacks`] : []),
    ];
    problems.push({
      what: `the classes differ from those of train: it ${parts.join(' and ')}`,
      where: tree.dir,
      try: `give it the same class folders as ${train.dir}`,
    });
  }
  return problems;
}

/** A note about files that were set aside, or nothing. */
export function ignoredNotes(trees: readonly ClassTree[]): string[] {
  const ignored = trees.flatMap((tree) => tree.ignored);
  if (ignored.length === 0) return [];
  const shown = ignored.slice(0, 3).join(', ') + (ignored.length > 3 ? ', …' : '');
  return [`${ignored.length} ${ignored.length === 1 ? 'file is' : 'files are'} no image, ignored: ${shown}`];
}

import { realpathSync } from 'node:fs';
import { extname, join } from 'node:path';
import { reading } from '../read-problem.js';
import { byCodePoint } from '../source.js';
import type { SourcePart } from '../source.js';
import { isAbove, isAside, listClassFolder, nowhere, unnamedProblem } from './class-folder.js';
import type { ClassFolder, Findings } from './class-folder.js';
import { imageExtensions } from './decode-image.js';
import { encodedPart } from './encoded-part.js';
import { fileStamp } from './file-stamp.js';
import { readFolder } from './read-folder.js';

/** The images below one folder of class folders. */
export interface ClassTree extends Readonly<Findings> {
  readonly dir: string;
  readonly classes: readonly ClassFolder[];
}

/**
 * Lists `dir/<class>/**` sorted by code point. Hidden files and files that are no images are set aside; what is wrong
 * stands in `problems`.
 */
export function listClassTree(dir: string): ClassTree {
  const real = reading('the folder', dir, () => realpathSync.native(dir));
  const findings: Findings = { ignored: [], unread: [], repeated: [], outside: [], problems: [] };
  const classes: ClassFolder[] = [];
  const entries = readFolder(dir, findings.problems);
  for (const entry of entries.sort((a, b) => byCodePoint(a.name, b.name))) {
    const { name, kind, link, unnamed } = entry;
    const isImage = imageExtensions.has(extname(name).toLowerCase());
    if (isAside(entry) || kind === 'file' || kind === 'other') {
      findings.ignored.push(unnamed ?? name);
    } else if (unnamed !== undefined) {
      findings.problems.push(unnamedProblem(dir, unnamed));
    } else if (kind === 'nowhere') {
      if (isImage) findings.ignored.push(name);
      else findings.problems.push(nowhere(join(dir, name), entry));
    } else if (link && (link === real || isAbove(link, real))) {
      findings.problems.push({
        what: `the class folder ${name} is a link to ${link}, which holds all classes`,
        where: join(dir, name),
        try: 'remove the link',
      });
    } else {
      classes.push(listClassFolder({ path: dir, real }, name, link ?? join(real, name), findings));
    }
  }
  for (const list of [findings.ignored, findings.unread, findings.repeated]) list.sort(byCodePoint);
  return { ...findings, dir, classes };
}

/** The images of a tree as a part of a data set; a class's label is its place in `classes`. */
export function treePart(tree: ClassTree, classes: readonly string[]): SourcePart {
  const files = tree.classes.flatMap((folder) => folder.images);
  const labels = Uint16Array.from(
    tree.classes.flatMap((folder) =>
      new Array<number>(folder.images.length).fill(classes.indexOf(folder.name)),
    ),
  );
  const path = (index: number): string => join(tree.dir, files[index]!.path);
  const stamps: string[] = [];
  return encodedPart({
    labels,
    name: path,
    // Asked for when pixels are: counting images looks at no file.
    stamp: (index) => (stamps[index] ??= fileStamp(files[index]!.path, path(index))),
    encoded: path,
  });
}

import { realpathSync } from 'node:fs';
import { extname, join } from 'node:path';
import { reading } from '../read-problem.js';
import { byCodePoint } from '../source.js';
import type { SourcePart } from '../source.js';
import { turns } from '../parallel.js';
import { isAbove, isAside, listClassFolder, nowhere, unnamedProblem } from './class-folder.js';
import type { ClassFolder, ClassTree, Findings } from './class-folder.js';
import { imageExtensions } from './decode-image.js';
import { encodedPart } from './encoded-part.js';
import { FileStamps } from './file-stamp.js';
import { readFolder } from './read-folder.js';
import { startAt } from './start-at.js';
import { ListingWitness } from './listing-witness.js';
import { keepTree, keptTree } from './tree-index.js';

/**
 * Lists `dir/<class>/**` sorted by code point. Hidden files and files that are no images are set aside; what is wrong
 * stands in `problems`.
 * @param cacheDir where the listings of large trees are kept; null: nowhere
 * @param signal stops before the next class
 * @throws the reason of `signal`
 */
export async function listClassTree(
  dir: string,
  cacheDir: string | null,
  signal?: AbortSignal,
): Promise<ClassTree> {
  const real = reading('the folder', dir, () => realpathSync.native(dir));
  if (cacheDir === null) return listed(dir, real, undefined, signal);
  const kept = keptTree(dir, real, cacheDir);
  if (kept !== null) return kept;
  const witness = new ListingWitness(dir);
  const tree = await listed(dir, real, witness, signal);
  return { ...tree, unkept: keepTree(tree, real, witness.seen, cacheDir) };
}

async function listed(
  dir: string,
  real: string,
  witness: ListingWitness | undefined,
  signal: AbortSignal | undefined,
): Promise<ClassTree> {
  const breathe = turns(signal);
  const findings: Findings = { ignored: [], unread: [], repeated: [], outside: [], problems: [] };
  const classes: ClassFolder[] = [];
  const entries = readFolder(dir, findings.problems, witness);
  for (const entry of entries.sort((a, b) => byCodePoint(a.name, b.name))) {
    await breathe();
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
      classes.push(listClassFolder({ path: dir, real }, name, link ?? join(real, name), findings, witness));
    }
  }
  for (const list of [findings.ignored, findings.unread, findings.repeated]) list.sort(byCodePoint);
  return { ...findings, dir, classes, unkept: null };
}

/** The images of a tree as a part of a data set; a class's label is its place in `classes`. */
export function treePart(tree: ClassTree, classes: readonly string[]): SourcePart {
  const counts = tree.classes.map(({ paths }) => paths.count);
  const starts = counts.map((_, c) => counts.slice(0, c).reduce((sum, count) => sum + count, 0));
  const labels = new Uint16Array(counts.reduce((sum, count) => sum + count, 0));
  tree.classes.forEach(({ name }, c) =>
    labels.fill(classes.indexOf(name), starts[c], starts[c]! + counts[c]!),
  );
  const inTree = (index: number): string => {
    const at = startAt(starts, index);
    const { name, paths } = tree.classes[at]!;
    return `${name}/${paths.at(index - starts[at]!)}`;
  };
  const path = (index: number): string => join(tree.dir, inTree(index));
  // Asked for when pixels are: counting images looks at no file.
  const stamps = new FileStamps(labels.length, inTree, path);
  return encodedPart({
    labels,
    name: path,
    stamp: (index) => stamps.at(index),
    encoded: path,
    place: (index) => ({ path: path(index), stretch: null, state: stamps.state(index) }),
  });
}

import { accessSync, constants, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { indexPath, readIndex, settlingMs, writeIndex } from '../index/index-file.js';
import { PackedStrings } from '../index/packed-strings.js';
import { imageExtensions } from './decode-image.js';
import { keepsChanges } from './file-stamp.js';
import type { ClassFolder, ClassTree } from './class-folder.js';
import { followLink, type FolderEntry, type FolderWitness } from './read-folder.js';

// The listing of a large tree is kept, and taken again when nothing that it rests on has changed. A folder's times and
// inode change whenever an entry comes, goes or is renamed, so of a million files in a thousand folders a thousand are
// asked. What is in a file is no matter of the listing: its stamp is looked at when pixels are asked for.

/** Smaller trees are listed in no time. */
const leastImages = 20_000;

/** Each link is followed again to see where it leads: that is most of a listing where there are many. */
const mostLinks = 10_000;

/** Changes when the same folders would be listed otherwise. */
const rules = 'tree-1';

interface Head {
  readonly witness: Seen;
  readonly classes: readonly {
    readonly name: string;
    readonly count: number;
    readonly bytes: number;
    readonly links: readonly (readonly [number, string])[];
    readonly folders: readonly (readonly [string, string])[];
  }[];
  readonly ignored: readonly string[];
  readonly unread: readonly string[];
  readonly repeated: readonly string[];
  readonly outside: readonly string[];
}

interface Seen {
  /** Relative to the tree, with what the system says of them. */
  readonly folders: readonly (readonly [path: string, stamp: string])[];
  readonly links: readonly (readonly [path: string, led: string])[];
}

/** Writes down what a listing of a tree rests on. */
export class TreeWitness implements FolderWitness {
  readonly #dir: string;
  readonly #started = Date.now();
  readonly #folders: [string, string][] = [];
  readonly #links: [string, string][] = [];
  #isTrusted = true;

  constructor(dir: string) {
    this.#dir = dir;
  }

  folder(dir: string): void {
    const stats = statSync(dir, { bigint: true });
    const age = this.#started - Number(stats.ctimeNs / 1_000_000n);
    if (age < settlingMs || !keepsChanges(dir, stats)) this.#isTrusted = false;
    this.#folders.push([relative(this.#dir, dir), stampOf(stats)]);
  }

  link(path: string, led: FolderEntry): void {
    if (this.#links.length < mostLinks) this.#links.push([relative(this.#dir, path), ledTo(led)]);
    else this.#isTrusted = false;
  }

  /** Null where a change might go unnoticed, or where looking for one is as much work as listing. */
  get seen(): Seen | null {
    return this.#isTrusted ? { folders: this.#folders, links: this.#links } : null;
  }
}

/** The listing of a tree that was kept, if all that it rests on is as it was. */
export function keptTree(dir: string, real: string, cacheDir: string): ClassTree | null {
  const key = keyOf(real);
  const index = readIndex<Head>(indexPath(cacheDir, 'tree', key), key);
  if (index === null || !isAsSeen(dir, index.head.witness)) return null;
  const { classes, ignored, unread, repeated, outside } = index.head;
  const { bytes, ends } = index.arrays as { readonly bytes: Uint8Array; readonly ends: Uint32Array };
  let [firstByte, firstImage] = [0, 0];
  const folders = classes.map((kept): ClassFolder => {
    const paths = new PackedStrings(
      bytes.subarray(firstByte, firstByte + kept.bytes),
      ends.subarray(firstImage, firstImage + kept.count),
    );
    firstByte += kept.bytes;
    firstImage += kept.count;
    return { name: kept.name, paths, links: new Map(kept.links), folders: new Map(kept.folders) };
  });
  return {
    ...{ dir, classes: folders, problems: [], unkept: null },
    ...{ ignored: [...ignored], unread: [...unread], repeated: [...repeated], outside: [...outside] },
  };
}

/**
 * Keeps the listing of a tree, where it is large and sound.
 * @returns why it could not be kept; null where it was, or need not be
 */
export function keepTree(tree: ClassTree, real: string, seen: Seen | null, cacheDir: string): string | null {
  const { classes, ignored, unread, repeated, outside, problems } = tree;
  const count = classes.reduce((sum, { paths }) => sum + paths.count, 0);
  if (count < leastImages || problems.length > 0 || seen === null) return null;
  const head: Head = {
    witness: seen,
    classes: classes.map(({ name, paths, links, folders }) => ({
      ...{ name, count: paths.count, bytes: paths.bytes.length },
      ...{ links: [...links], folders: [...folders] },
    })),
    ...{ ignored, unread, repeated, outside },
  };
  const bytes = new Uint8Array(classes.reduce((sum, { paths }) => sum + paths.bytes.length, 0));
  const ends = new Uint32Array(count);
  let [firstByte, firstImage] = [0, 0];
  for (const { paths } of classes) {
    bytes.set(paths.bytes, firstByte);
    ends.set(paths.ends, firstImage);
    firstByte += paths.bytes.length;
    firstImage += paths.count;
  }
  const key = keyOf(real);
  return writeIndex(indexPath(cacheDir, 'tree', key), key, { head, arrays: { bytes, ends } });
}

// --- internal ---

function keyOf(real: string): string {
  return JSON.stringify([rules, [...imageExtensions], real]);
}

function stampOf({ ino, mtimeNs, ctimeNs }: { ino: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return `${ino}|${mtimeNs}|${ctimeNs}`;
}

function ledTo({ kind, link, unnamed }: FolderEntry): string {
  return JSON.stringify([kind, link, unnamed]);
}

function isAsSeen(dir: string, { folders, links }: Seen): boolean {
  try {
    for (const [path, stamp] of folders) {
      const folder = join(dir, path);
      if (stampOf(statSync(folder, { bigint: true })) !== stamp) return false;
      // Another user may not list what the one did who listed it.
      accessSync(folder, constants.R_OK | constants.X_OK);
    }
    return links.every(([path, led]) => {
      const link = join(dir, path);
      return ledTo(followLink(dirname(link), basename(link))) === led;
    });
  } catch {
    return false;
  }
}

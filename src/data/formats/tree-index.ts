import { indexPath, readIndex, writeIndex } from '../index/index-file.js';
import { PackedStrings } from '../index/packed-strings.js';
import { imageExtensions } from './decode-image.js';
import type { ClassFolder, ClassTree } from './class-folder.js';
import { isAsSeen, type Seen } from './listing-witness.js';

// The listing of a large tree is kept, and taken again when nothing that it rests on has changed. A folder's times and
// inode change whenever an entry comes, goes or is renamed, so of a million files in a thousand folders a thousand are
// asked. What is in a file is no matter of the listing: its stamp is looked at when pixels are asked for.

/** Smaller trees are listed in no time. */
const leastImages = 20_000;

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

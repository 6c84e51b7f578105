import { realpathSync } from 'node:fs';
import { imageExtensions } from '../../formats/decode-image.js';
import { isAsSeen, type Seen } from '../../formats/listing-witness.js';
import type { SplitOfSet } from '../../formats/samples/split-files.js';
import { indexPath, readIndex, writeIndex } from '../../index/index-file.js';
import { PackedStrings } from '../../index/packed-strings.js';

// The rows of large tables are kept, and taken again when neither the tables have changed nor the folders that their
// images lie in, by the rules of the listing of trees (formats/tree-index.ts).

/** Smaller tables are read in no time. */
const leastRows = 20_000;

/** Changes when the same tables would be read otherwise. */
const rules = 'rows-1';

/** The images of a split, and what their labels say. */
export interface Rows {
  /** Relative to the folder of the data. */
  readonly paths: PackedStrings;
  /** Places in `texts`. */
  readonly labels: Uint32Array;
  /** Each once. */
  readonly texts: readonly string[];
}

export type RowsBySplit = ReadonlyMap<SplitOfSet, Rows>;

/** All that decides how tables are read. */
export interface Reading {
  readonly dir: string;
  /** Paths of the tables. */
  readonly tables: readonly string[];
  readonly columns: readonly (string | null)[];
}

interface Head {
  readonly witness: Seen;
  readonly splits: readonly {
    readonly split: SplitOfSet;
    readonly count: number;
    readonly bytes: number;
    readonly texts: readonly string[];
  }[];
}

/** The rows that were kept, if all that they rest on is as it was. */
export function keptRows(reading: Reading, cacheDir: string): RowsBySplit | null {
  const key = keyOf(reading);
  const index = readIndex<Head>(indexPath(cacheDir, 'labels', key), key);
  if (index === null || !isAsSeen(reading.dir, index.head.witness)) return null;
  const { bytes, ends, labels } = index.arrays as {
    readonly bytes: Uint8Array;
    readonly ends: Uint32Array;
    readonly labels: Uint32Array;
  };
  let [byte, row] = [0, 0];
  return new Map(
    index.head.splits.map(({ split, count, bytes: length, texts }) => {
      const rows = [row, (row += count)] as const;
      const paths = new PackedStrings(bytes.subarray(byte, (byte += length)), ends.subarray(...rows));
      return [split, { paths, labels: labels.subarray(...rows), texts }] as const;
    }),
  );
}

/**
 * Keeps rows, where there are many.
 * @param seen what they rest on; null: a change of it might go unnoticed
 * @returns why they could not be kept; null where they were, or need not be
 */
export function keepRows(
  reading: Reading,
  rows: RowsBySplit,
  seen: Seen | null,
  cacheDir: string,
): string | null {
  const all = [...rows.values()];
  const count = all.reduce((sum, { paths }) => sum + paths.count, 0);
  if (count < leastRows || seen === null) return null;
  const head: Head = {
    witness: seen,
    splits: [...rows].map(([split, { paths, texts }]) => ({
      ...{ split, count: paths.count, bytes: paths.bytes.length, texts },
    })),
  };
  const arrays = {
    bytes: joined(
      Uint8Array,
      all.map(({ paths }) => paths.bytes),
    ),
    ends: joined(
      Uint32Array,
      all.map(({ paths }) => paths.ends),
    ),
    labels: joined(
      Uint32Array,
      all.map(({ labels }) => labels),
    ),
  };
  const key = keyOf(reading);
  return writeIndex(indexPath(cacheDir, 'labels', key), key, { head, arrays });
}

// --- internal ---

function keyOf({ dir, tables, columns }: Reading): string {
  return JSON.stringify([rules, [...imageExtensions], realpathSync(dir), tables, columns]);
}

function joined<A extends Uint8Array | Uint32Array>(kind: new (length: number) => A, parts: readonly A[]): A {
  const all = new kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

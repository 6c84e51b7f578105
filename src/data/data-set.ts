import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';
import type { count } from '../util/schema-parts.js';
import type { DataSource } from './source.js';
import type { Target } from './target.js';

/** Labels are 16 bits wherever they are kept. */
export const MOST_CLASSES = 65_536;

/** What options are made of. It is handed in, so that whoever asks for a set's name or title loads no zod. */
export interface OptionParts {
  /** A few of zod's: a bundle that had to hold all of them would take twice the time to start. */
  readonly z: Pick<
    typeof z,
    'boolean' | 'enum' | 'int' | 'literal' | 'number' | 'strictObject' | 'string' | 'union'
  >;
  readonly count: typeof count;
}

/** A file of a data set at a public address. */
export interface RemoteFile {
  readonly url: string;
  /** `as-is`: kept under the name that its address ends in. */
  readonly format: 'tar.gz' | 'zip' | 'as-is';
  /** Null where none is published. */
  readonly sha256: string | null;
  /** Folders to unpack, wherever they are in the archive (default: everything). */
  readonly only?: readonly string[];
}

/** How a data set comes to this machine. */
export interface Fetching {
  readonly files: readonly RemoteFile[];
  readonly login: 'kaggle' | null;
  /** What is in place afterwards; an archive may be four times as large, no more. */
  readonly unpackedBytes: number;
}

/** The values of a set's own options; each may be absent. */
export type OwnValues<Own> = { readonly [Key in keyof Own]?: z.infer<Own[Key]> };

/**
 * All that is known of a data set before it is opened. The schema, `init`, `doctor`, the `data` commands, counts of
 * classes and messages are derived from it. A declaration loads nothing heavy: `open` does.
 */
export interface DataSet<Name extends string, Own extends z.ZodRawShape> {
  /** `data.name`, and its folder below datasets/. */
  readonly name: Name;
  readonly title: string;
  /** Where people read about it. */
  readonly page: string | null;
  /** Keys of the config's `data` that mean something for this set alone, each optional; written before what reads them. */
  readonly options?: (parts: OptionParts) => Own;
  /** What is known of each image (default: its class). */
  readonly target?: Target;
  /** In the order of their labels; null: those of its folders. */
  readonly classes: readonly string[] | null | ((own: OwnValues<Own>) => readonly string[]);
  /** Published numbers, or those that are drawn by default; null: whatever is there. */
  readonly images: { readonly train: number; readonly test: number } | null;
  /** What sizes its images have, for people. */
  readonly imageSize: string;
  /** `data.inputSize` of a first config. */
  readonly inputSize: number;
  readonly terms: string;
  readonly notes: readonly string[];
  /** Drawn by this program: there is no folder, and it is on every machine. */
  readonly drawn: boolean;
  /** How its files lie in its folder, for people. */
  readonly layout: string;
  /** Null where there is nothing to fetch: it is drawn, or it is the user's own. */
  readonly fetch: Fetching | null;
  /** Whether a folder looks like it; left out where none can. */
  readonly recognise?: (dir: string) => boolean | Promise<boolean>;
  /**
   * Finds and lists it; `dir` is absolute, `cacheDir` is where an index may be kept. Throws what is wrong with the files
   * (exit code 2), and the reason of `signal` where listing takes long enough for somebody to stop it.
   */
  readonly open: (
    dir: string,
    own: OwnValues<Own>,
    cacheDir: string,
    signal?: AbortSignal,
  ) => Promise<DataSource>;
}

/** Declares a data set; the line in `sets/index.ts` makes it known. */
export function defineDataSet<const Name extends string, Own extends z.ZodRawShape = Record<never, never>>(
  set: DataSet<Name, Own>,
): DataSet<Name, Own> {
  return set;
}

/** Whether one of these paths is below `dir`. */
export function hasAny(dir: string, ...paths: readonly string[]): boolean {
  return paths.some((path) => existsSync(join(dir, path)));
}

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** What is known of a data set before it is here: `datasets/<name>.json`. */
export interface Manifest {
  readonly name: string;
  readonly title: string;
  /** Where people read about it. */
  readonly page: string | null;
  readonly archive: Archive | null;
  readonly unpackedBytes: number;
  readonly classes: readonly string[];
  readonly images: { readonly train: number; readonly test: number };
  readonly imageSize: string;
  readonly terms: string;
  readonly notes: readonly string[];
}

export interface Archive {
  readonly url: string;
  readonly format: 'tar.gz' | 'zip';
  readonly sha256: string | null;
  readonly login: 'kaggle' | null;
  /** Folders to unpack, wherever they are in the archive; null: everything. */
  readonly only: readonly string[] | null;
}

/** The sets that come with a manifest, in the order in which they are listed. */
export const manifestNames = ['intel', 'cifar10', 'scenes'] as const;
export type ManifestName = (typeof manifestNames)[number];

export function readManifest(name: ManifestName): Manifest {
  const file = fileURLToPath(new URL(`../../datasets/${name}.json`, import.meta.url));
  return JSON.parse(readFileSync(file, 'utf8')) as Manifest;
}

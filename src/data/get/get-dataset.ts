import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { badInput, InvolveError, missing, runFailed } from '../../util/errors.js';
import { openCifar10 } from '../sets/cifar10.js';
import { openIntel } from '../sets/intel.js';
import { readManifest } from '../manifest.js';
import type { Archive, Manifest } from '../manifest.js';
import type { DataSource } from '../source.js';
import { download, fileSha256, HttpStatusError } from './download.js';
import type { DownloadOptions } from './download.js';
import { diskProblem } from './disk-problem.js';
import { kaggleAuthorization } from './kaggle-token.js';
import { unpack } from './unpack.js';

/** The sets that can be fetched. */
export const fetchable = { intel: openIntel, cifar10: openCifar10 } as const;
export type Fetchable = keyof typeof fetchable;

export interface GetOptions {
  readonly cwd: string;
  /** Another address, or an archive that is here already. */
  readonly from?: string;
  /** Where to put it (default: datasets/<name>). */
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly events?: GetEvents;
  /** In the place of datasets/<name>.json, for tests. */
  readonly manifest?: Manifest;
  readonly download?: Pick<DownloadOptions, 'idleMs' | 'retryAfterMs'>;
}

export interface GetEvents {
  readonly onDownload?: (done: number, total: number | null) => void;
  readonly onUnpack?: (entries: number) => void;
  readonly onNote?: (text: string) => void;
}

export interface Got {
  readonly dir: string;
  readonly source: DataSource;
  /** It was there already. */
  readonly present: boolean;
  readonly warnings: readonly string[];
}

/**
 * Puts a data set in place: fetches its archive (going on where an earlier attempt stopped), verifies it, unpacks
 * it beside the target, opens it as training would, and only then renames it. What is in place is left alone.
 */
export async function getDataset(name: Fetchable, options: GetOptions): Promise<Got> {
  const manifest = options.manifest ?? readManifest(name);
  const archive = manifest.archive!;
  const { events } = options;
  const dir = resolve(options.cwd, options.dir ?? join('datasets', name));
  const present = await openPresent(name, dir);
  if (present !== null)
    return { dir, source: present, present: true, warnings: warningsOf(present, manifest) };

  const parent = dirname(dir);
  const fetched = join(parent, `.${basename(dir)}.${archive.format}`);
  const local = await localArchive(options, archive);
  if (local === null) await fetchArchive(manifest, archive, fetched, options);
  let unpacked = '';
  try {
    await mkdir(parent, { recursive: true });
    unpacked = await mkdtemp(join(parent, `.${basename(dir)}-unpacking-`));
    await unpack(local ?? fetched, unpacked, {
      format: archive.format,
      only: archive.only,
      // Room for larger copies of the set, none for a bomb.
      maximumBytes: manifest.unpackedBytes * 4,
      onProgress: events?.onUnpack,
    });
    const source = await fetchable[name](unpacked);
    refuseOtherClasses(source, manifest, local ?? fetched);
    if (existsSync(dir)) await rmdir(dir);
    await rename(unpacked, dir);
    if (local === null) await rm(fetched, { force: true });
    return { dir, source, present: false, warnings: warningsOf(source, manifest) };
  } catch (error) {
    // Kept, a damaged archive would be taken for a good one by the next call.
    const damaged = error instanceof InvolveError && error.code.startsWith('E_ARCHIVE');
    if (damaged && local === null) await rm(fetched, { force: true });
    throw diskProblem(error, parent) ?? error;
  } finally {
    if (unpacked !== '') await rm(unpacked, { recursive: true, force: true });
  }
}

/** The set at `dir`, null where there is nothing; anything else there is not ours to replace. */
async function openPresent(name: Fetchable, dir: string): Promise<DataSource | null> {
  if (!existsSync(dir)) return null;
  if (statSync(dir).isDirectory() && readdirSync(dir).length === 0) return null;
  try {
    return await fetchable[name](dir);
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    const [first] = error.problems;
    throw badInput(
      'E_DATA_PRESENT',
      {
        what: `there is something else at the place of ${name}: ${first!.what}`,
        where: first!.where ?? dir,
        try: `move ${dir} away, or choose another place: --dir DIR`,
      },
      { cause: error },
    );
  }
}

function isAddress(from: string): boolean {
  return /^https?:\/\//.test(from);
}

/** The archive given by `--from FILE`, verified where a checksum is known. */
async function localArchive({ from, cwd }: GetOptions, archive: Archive): Promise<string | null> {
  if (from === undefined || isAddress(from)) return null;
  const file = resolve(cwd, from);
  if (!(statSync(file, { throwIfNoEntry: false })?.isFile() ?? false)) {
    throw badInput('E_ARCHIVE', {
      what: `no such archive: ${from}`,
      where: file,
      try: `--from FILE.${archive.format}`,
    });
  }
  if (archive.sha256 === null) return file;
  const actual = await fileSha256(file);
  if (actual === archive.sha256) return file;
  throw badInput('E_CHECKSUM', {
    what: `expected an archive with SHA-256 ${archive.sha256}, this one has ${actual}`,
    where: file,
    try: `fetch it again from ${archive.url}`,
  });
}

async function fetchArchive(
  manifest: Manifest,
  archive: Archive,
  file: string,
  { from, env, events, download: settings }: GetOptions,
): Promise<void> {
  if (existsSync(file)) return; // fetched and verified by an earlier call that was stopped while unpacking
  const url = from ?? archive.url;
  const headers: Record<string, string> =
    archive.login === 'kaggle' ? { authorization: kaggleAuthorization(manifest.page!, env) } : {};
  // Behind a login an address is no use: the page is where people get the archive.
  const place = archive.login === null ? archive.url : manifest.page;
  const advice = `download ${place} by other means and give it: --from FILE.${archive.format}`;
  try {
    await download(url, file, {
      sha256: archive.sha256,
      headers,
      advice,
      onProgress: events?.onDownload,
      onRetry: (why) => events?.onNote?.(`${why}; going on`),
      ...settings,
    });
  } catch (error) {
    if (!(error instanceof HttpStatusError)) throw error;
    const refused = archive.login === 'kaggle' && (error.status === 401 || error.status === 403);
    const problem = {
      what: refused ? `Kaggle refused the token: ${error.message}` : error.message,
      where: url,
      try: refused ? `make a new token at https://www.kaggle.com/settings; or ${advice}` : advice,
    };
    throw refused
      ? missing('E_KAGGLE_TOKEN', problem, { cause: error })
      : runFailed('E_DOWNLOAD', problem, { cause: error });
  }
}

function refuseOtherClasses(source: DataSource, manifest: Manifest, archive: string): void {
  if (source.classes.join() === manifest.classes.join()) return;
  throw badInput('E_ARCHIVE', {
    what: `expected the classes ${manifest.classes.join(', ')}; this archive has ${source.classes.join(', ')}`,
    where: archive,
    try: `the archive of ${manifest.page}`,
  });
}

function warningsOf(source: DataSource, manifest: Manifest): string[] {
  const counts = (['train', 'test'] as const)
    .filter((split) => source[split].count !== manifest.images[split])
    .map(
      (split) => `${source[split].count} ${split} images; the published set has ${manifest.images[split]}`,
    );
  return [...new Set([...counts, ...source.notes])];
}

import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { badInput, missing, runFailed } from '../../util/errors.js';
import type { Fetching, RemoteFile } from '../data-set.js';
import type { KnownDataSet } from '../sets/index.js';
import { download, fileSha256, HttpStatusError } from './download.js';
import type { DownloadOptions } from './download.js';
import { kaggleAuthorization } from './kaggle-token.js';

export interface GetOptions {
  readonly cwd: string;
  /** Another address, or what is here already: the archive, or the folder of the files where there are several. */
  readonly from?: string;
  /** Where to put it (default: datasets/<name>). */
  readonly dir?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly events?: GetEvents;
  readonly download?: Pick<DownloadOptions, 'idleMs' | 'retryAfterMs'>;
}

export interface GetEvents {
  readonly onDownload?: (done: number, total: number | null) => void;
  readonly onUnpack?: (entries: number) => void;
  readonly onNote?: (text: string) => void;
}

/** A data set that can be fetched; its files may be asked of another address than the published one. */
export type FetchableSet = KnownDataSet & { readonly fetch: Fetching | null };

/** A file of a data set that is on this machine, and verified where a checksum is published. */
export interface FileInPlace {
  readonly file: string;
  readonly remote: RemoteFile;
}

/** The files given by `--from FILE`, or `--from FOLDER` where there are several; null where none are given. */
export async function filesGiven(
  { files }: Fetching,
  { from, cwd }: GetOptions,
): Promise<readonly FileInPlace[] | null> {
  if (from === undefined || isAddress(from)) return null;
  const path = resolve(cwd, from);
  const given = files.map((remote) => ({
    file: files.length === 1 ? path : join(path, basename(remote.url)),
    remote,
  }));
  for (const { file, remote } of given) {
    if (!(statSync(file, { throwIfNoEntry: false })?.isFile() ?? false)) throw notThere(from, file, files);
    if (remote.sha256 === null) continue;
    const actual = await fileSha256(file);
    if (actual === remote.sha256) continue;
    const kind = remote.format === 'as-is' ? 'a file' : 'an archive';
    throw badInput('E_CHECKSUM', {
      what: `expected ${kind} with SHA-256 ${remote.sha256}, this one has ${actual}`,
      where: file,
      try: `fetch it again from ${remote.url}`,
    });
  }
  return given;
}

/** Downloads what an earlier call has not fetched already, into hidden files beside the folder of the set. */
export async function fetchFiles(
  set: FetchableSet,
  dir: string,
  options: GetOptions,
): Promise<readonly FileInPlace[]> {
  const { files } = set.fetch!;
  const fetched: FileInPlace[] = [];
  for (const remote of files) {
    const suffix = remote.format === 'as-is' ? basename(remote.url) : remote.format;
    const file = join(dirname(dir), `.${basename(dir)}.${suffix}`);
    fetched.push({ file, remote });
    // Fetched and verified by an earlier call that was stopped later on.
    if (!existsSync(file)) await fetchFile(set, remote, file, options);
  }
  return fetched;
}

async function fetchFile(
  { fetch, page }: FetchableSet,
  remote: RemoteFile,
  file: string,
  { from, env, events, download: settings }: GetOptions,
): Promise<void> {
  const { files, login } = fetch!;
  const url = from === undefined ? remote.url : addressOf(remote, from, files.length > 1);
  const headers: Record<string, string> =
    login === 'kaggle' ? { authorization: kaggleAuthorization(page!, env) } : {};
  const advice = byOtherMeans(remote, files, login === null ? null : page);
  try {
    await download(url, file, {
      sha256: remote.sha256,
      headers,
      advice,
      onProgress: events?.onDownload,
      onRetry: (why) => events?.onNote?.(`${why}; going on`),
      ...settings,
    });
  } catch (error) {
    if (!(error instanceof HttpStatusError)) throw error;
    const refused = login === 'kaggle' && (error.status === 401 || error.status === 403);
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

function isAddress(from: string): boolean {
  return /^https?:\/\//.test(from);
}

/** One file has an address; several lie below one. */
function addressOf(remote: RemoteFile, from: string, several: boolean): string {
  return several ? `${from.replace(/\/$/, '')}/${basename(remote.url)}` : from;
}

/** Behind a login an address is no use: the page is where people get the archive. */
function byOtherMeans(remote: RemoteFile, files: readonly RemoteFile[], page: string | null): string {
  return files.length > 1
    ? `download ${listed(files)} from ${dirname(remote.url)} by other means and give their folder: --from FOLDER`
    : `download ${page ?? remote.url} by other means and give it: --from FILE.${remote.format}`;
}

function notThere(from: string, file: string, files: readonly RemoteFile[]): Error {
  if (files.length > 1) {
    return badInput('E_ARCHIVE', {
      what: `no file ${basename(file)} in ${from}`,
      where: file,
      try: `give the folder that holds ${listed(files)}: --from FOLDER`,
    });
  }
  return badInput('E_ARCHIVE', {
    what: `no such archive: ${from}`,
    where: file,
    try: `--from FILE.${files[0]!.format}`,
  });
}

function listed(files: readonly RemoteFile[]): string {
  return files.map(({ url }) => basename(url)).join(', ');
}

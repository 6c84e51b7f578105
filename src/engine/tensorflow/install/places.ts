import { readdirSync, statfsSync, statSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../../util/writing/atomic-write.js';
import { runFailed } from '../../../util/errors.js';
import { lockFolder, type Lock, type LockKind } from '../../../util/folder-lock.js';
import {
  defaultEnginesDir,
  readRemembered,
  rememberedFile,
  type TensorflowFlavour,
} from '../installation.js';
import { makeFolder } from '../../../util/writing/make-folder.js';
import { explainWriteError } from '../../../util/system-error.js';

const INSTALL_LOCK: LockKind = {
  file: 'install.lock',
  code: 'E_INSTALL_LOCKED',
  of: 'the installation',
  otherwise: 'choose another folder by --dir',
};

/**
 * What an installation takes while it is made, wheels and what is unpacked of them; measured for 2.21.0 on x86-64:
 * 0.27 + 0.85 GB (CPU), 3.4 + 5.6 GB (CUDA).
 */
const NEEDED_BYTES: Readonly<Record<TensorflowFlavour, number>> = { cpu: 1.2e9, cuda: 9.1e9 };

/** Creates the parent folder of installations and keeps every other installer out of it. */
export async function lockEngines(parent: string): Promise<Lock> {
  try {
    await makeFolder(parent);
  } catch (error) {
    throw explainWriteError(error, parent) ?? error;
  }
  return lockFolder(parent, INSTALL_LOCK);
}

/** The folder in which the downloads of an installation are kept until it is whole. */
export async function openDownloads(parent: string, name: string): Promise<string> {
  const folder = join(parent, '.downloads', name);
  await makeFolder(folder);
  // What a killed call was about to fetch.
  for (const left of await readdir(folder)) {
    if (/^\.(pip|npm)-/.test(left)) await rm(join(folder, left), { recursive: true, force: true });
  }
  return folder;
}

/**
 * Looks whether everything will fit before anything is fetched.
 * @throws InvolveError (exit code 1) when it will not
 */
export function checkSpace(
  flavour: TensorflowFlavour,
  parent: string,
  downloads: string,
  freeBytes: (folder: string) => number = free,
): void {
  const here = readdirSync(downloads).reduce((sum, name) => sum + statSync(join(downloads, name)).size, 0);
  const needed = NEEDED_BYTES[flavour] - here;
  const available = freeBytes(parent);
  if (available >= needed) return;
  throw runFailed('E_DISK_FULL', {
    what: `installing takes ${gigabytes(needed)} GB of disk, ${gigabytes(available)} GB are free`,
    where: parent,
    try: 'make room, or choose another place: --dir DIR',
  });
}

/** Remembers a folder given by `--dir`, so that later commands look there too. */
export async function remember(parent: string, env: NodeJS.ProcessEnv): Promise<void> {
  const known = readRemembered(env);
  if (parent === defaultEnginesDir(env) || known.includes(parent)) return;
  await writeRemembered([...known, parent], env);
}

/** Forgets a folder that holds nothing any more. */
export async function forget(parent: string, env: NodeJS.ProcessEnv): Promise<void> {
  const known = readRemembered(env);
  if (known.includes(parent))
    await writeRemembered(
      known.filter((each) => each !== parent),
      env,
    );
}

/** The parent folder of a call: `--dir`, else the default. */
export function parentFolder(dir: string | undefined, env: NodeJS.ProcessEnv): string {
  return dir === undefined ? defaultEnginesDir(env) : resolve(dir);
}

// --- internal ---

async function writeRemembered(list: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const file = rememberedFile(env);
  await makeFolder(dirname(file));
  await writeFileAtomic(file, `${JSON.stringify(list, null, 2)}\n`);
}

function free(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}

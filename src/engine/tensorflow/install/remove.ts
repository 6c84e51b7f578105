import { existsSync, readdirSync, statSync } from 'node:fs';
import { rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { badInput } from '../../../util/errors.js';
import { enginesDirs, type TensorflowFlavour } from '../installation.js';
import { forget, lockEngines, parentFolder } from './places.js';
import { explainWriteError } from '../../../util/system-error.js';

/** A folder that was removed. */
export interface Removed {
  readonly dir: string;
  readonly bytes: number;
}

/**
 * Removes what belongs to installations: those of a flavour, or all; in one folder, or wherever this program put
 * them; whole, damaged, or wheels of one that was never finished. A whole one is gone with one rename.
 *
 * @throws InvolveError (exit code 2) where there is none, or another process installs there
 */
export async function removeTensorflow(
  flavour?: TensorflowFlavour,
  dir?: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Removed[]> {
  const parents = dir === undefined ? enginesDirs(env) : [parentFolder(dir, env)];
  const removed = [];
  for (const parent of parents.filter((each) => foldersOf(each, flavour).length > 0)) {
    const lock = await lockEngines(parent);
    try {
      for (const folder of foldersOf(parent, flavour)) removed.push(await removeFolder(folder, parent));
      if (foldersOf(parent).length === 0) await forget(parent, env);
    } finally {
      await lock.release();
    }
    // These go when they are empty.
    for (const each of ['.downloads', '.staging', '.'])
      await rmdir(join(parent, each)).catch(() => undefined);
  }
  if (removed.length > 0) return removed;
  throw badInput('E_NOT_INSTALLED', {
    what: `there is no TensorFlow${flavour === undefined ? '' : ` (${flavour})`} to remove`,
    where: parents.join(', '),
    try: 'involve engine list --verbose shows what is where',
  });
}

/** Bytes of all files below a folder. */
export function bytesBelow(dir: string): number {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

// --- internal ---

function foldersOf(parent: string, flavour?: TensorflowFlavour): string[] {
  const isOurs = new RegExp(`^tensorflow-(${flavour ?? 'cpu|cuda'})-\\d`);
  return ['.', '.downloads', '.staging']
    .map((each) => join(parent, each))
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => isOurs.test(name))
        .map((name) => join(folder, name)),
    );
}

async function removeFolder(dir: string, parent: string): Promise<Removed> {
  const gone = join(parent, `.removed-${process.pid}`);
  try {
    const bytes = bytesBelow(dir);
    await rename(dir, gone);
    await rm(gone, { recursive: true, force: true });
    return { dir, bytes };
  } catch (error) {
    throw explainWriteError(error, dir) ?? error;
  }
}

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { badInput } from './errors.js';

/**
 * A path as the shell would hand it over. It leaves a `~` as it is within a word (`--out=~/x`, `--set data.dir=~/x`) and
 * in quotes, and knows nothing of those in files.
 *
 * @throws InvolveError (exit code 2) for the folder of another user, which only the shell can tell
 */
export function withHome(path: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  if (!path.startsWith('~')) return path;
  throw badInput('E_ARGUMENT', {
    what: `"${path}" begins with "~", and only "~/" is known, for your own folder`,
    try: `write that folder in full, or ./${path} if it is called so`,
  });
}

/** The absolute path of what a user has named, from `cwd` or, with `~/`, from the user's own folder. */
export function resolveUserPath(cwd: string, path: string): string {
  return resolve(cwd, withHome(path));
}

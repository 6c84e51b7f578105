import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { badInput } from './errors.js';
import { shellWord } from './shell-words.js';

/**
 * A path as the shell would hand it over. It leaves a `~` as it is within a word (`--out=~/x`, `--set data.dir=~/x`) and
 * in quotes, and knows nothing of those in files, or in the variables of a service or a Dockerfile.
 *
 * @param where what has it, for the message, where that is not the word that was typed: an environment variable
 * @throws InvolveError (exit code 2) for the folder of another user, which only the shell can tell
 */
export function withHome(path: string, where?: string): string {
  if (path === '~' || path.startsWith('~/')) return join(homedir(), path.slice(1));
  if (!path.startsWith('~')) return path;
  throw badInput('E_ARGUMENT', {
    what: `"${path}" begins with "~", and only "~/" is known, for your own folder`,
    where,
    // Quoted behind the `~`, which no shell takes for a folder where it does not begin the word.
    try: `write that folder in full, or ./~${shellWord(path.slice(1))} if it is called so`,
  });
}

/** The absolute path of what a user has named, from `cwd` or, with `~/`, from the user's own folder. */
export function resolveUserPath(cwd: string, path: string): string {
  return resolve(cwd, withHome(path));
}

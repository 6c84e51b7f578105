import { readFile } from 'node:fs/promises';
import { errorCode, explainSystemError } from './system-error.js';

/**
 * The text of a file; undefined where there is none, or where its folder is none.
 * @throws InvolveError for what else keeps it from being read, with its path: the system's own error of a read has none
 */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw explainSystemError(error, path) ?? error;
  }
}

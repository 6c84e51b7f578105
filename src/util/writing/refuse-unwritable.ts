import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { explainWriteError } from '../system-error.js';
import { inTheWay } from './make-folder.js';
import { writtenPlace } from './written-place.js';

/**
 * Refuses a folder that nothing can be written into, before the work that would be lost: it, or the nearest of those
 * above it that is there, is looked at, and nothing is made.
 *
 * @throws InvolveError (exit code 2) where a file stands in the way, the disk is read-only or the user has no right
 */
export function refuseUnwritable(folder: string): void {
  try {
    const nearest = nearestThere(folder);
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw explainWriteError(error, folder) ?? error;
  }
}

/** The same of a file, whose folder has to be there. */
export function refuseUnwritableFile(file: string): void {
  try {
    const { path, isStream } = writtenPlace(file);
    // A device is written to where it is, in a folder that is closed to most.
    if (isStream) return;
    statSync(dirname(path));
    refuseUnwritable(dirname(path));
  } catch (error) {
    throw explainWriteError(error, file) ?? error;
  }
}

// --- internal ---

function nearestThere(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory()) return path;
  if (found !== undefined) throw inTheWay(path);
  return dirname(path) === path ? path : nearestThere(dirname(path));
}

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../system-error.js';

/**
 * Makes a folder and those above it that are missing, and comes back in every case: Node's own `recursive` tries for
 * ever where the system denies a parent that it could make (the folders of processes in Linux).
 *
 * @returns the folders that it made, the uppermost first
 * @throws the system's error where a folder cannot be made, or where a file stands in its place
 */
export async function makeFolder(path: string): Promise<readonly string[]> {
  const made: string[] = [];
  for (const folder of await missingAbove(path)) {
    try {
      await mkdir(folder);
      made.push(folder);
    } catch (error) {
      // Another process was quicker. A file, or a link to nowhere, may stand in its place too.
      if (errorCode(error) !== 'EEXIST' || !isFolder(folder)) throw error;
    }
  }
  if (!isFolder(path)) throw inTheWay(path);
  return made;
}

/** The same for who cannot wait, where what stands in the folder's place is found out by writing into it. */
export function makeFolderSync(path: string): void {
  if (existsSync(path)) return;
  makeFolderSync(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** That a file stands in the place of a folder, as the system says it to who makes one. */
export function inTheWay(path: string): Error {
  const fields = { code: 'EEXIST', syscall: 'mkdir', path, errno: -17 };
  return Object.assign(new Error(`EEXIST: file already exists, mkdir '${path}'`), fields);
}

// --- internal ---

/** The folders that are missing, the uppermost first. */
async function missingAbove(path: string): Promise<string[]> {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    try {
      await stat(at);
      return missing;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    missing.unshift(at);
    if (dirname(at) === at) return missing;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

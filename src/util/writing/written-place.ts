import { lstatSync, readlinkSync, statSync, type Stats } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode } from '../system-error.js';

/** As many as the system follows itself. */
const MOST_LINKS = 40;
/** What this process has open: a file there is written to as it stands open, by whoever opened it. */
const OPEN_FILES = /^\/(dev\/(stdout|stderr|fd)|proc\/(self|thread-self|\d+)\/fd)(\/|$)/;

/** Where a file is written that the user has named. */
export interface WrittenPlace {
  /** What the links lead to, there or not. */
  readonly path: string;
  /** A pipe, a terminal or another device: nothing can be put in its place. */
  readonly isStream: boolean;
}

/**
 * Follows links to what is to be written. A file put in the place of a link would leave what it leads to as it was, and
 * one in the place of a device or of a pipe would take that away.
 *
 * @throws the system's error where it cannot be told: no right, links in a circle
 */
export function writtenPlace(name: string): WrittenPlace {
  // Asked of the name itself, since links to pipes lead to nothing that has a name.
  const found = statsOf(name, statSync);
  const isStream = found !== undefined && !found.isFile() && !found.isDirectory();
  if (isStream || OPEN_FILES.test(name)) return { path: name, isStream: true };
  let path = name;
  for (let links = 0; links < MOST_LINKS; links++) {
    if (statsOf(path, lstatSync)?.isSymbolicLink() !== true) break;
    path = resolve(dirname(path), readlinkSync(path));
  }
  return { path, isStream: false };
}

/** Undefined where there is nothing. */
function statsOf(path: string, look: (path: string) => Stats): Stats | undefined {
  try {
    return look(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    return undefined;
  }
}

import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { shellWord } from '../shell-words.js';

/** Why nothing can be made somewhere, and what to do about it. */
export interface NoPlace {
  readonly what: string;
  readonly try: string;
}

/**
 * What the system's `ENOENT`, `ENOTDIR` and `EEXIST` mean to who wanted to make a file or a folder: it says the same of a
 * folder that is missing and of one in which it lets nobody make anything, and of neither which one. So the folders are
 * looked at: nobody is sent to make one that is there, or in the place of a file.
 *
 * @param isFolder whether a folder was to be made
 * @returns undefined where the path itself is in the way
 */
export function whyNoPlace(code: string, path: string, isFolder: boolean): NoPlace | undefined {
  if (!['ENOENT', 'ENOTDIR', 'EEXIST'].includes(code)) return undefined;
  const file = isFolder && kindOf(path) === 'file' ? path : fileInTheWay(path);
  if (file !== undefined)
    return { what: `${file} is a file, and a folder is needed`, try: 'choose another folder' };
  if (code !== 'ENOENT') return undefined;
  const folder = dirname(path);
  if (kindOf(folder) === 'folder' || isOfSystem(folder))
    return { what: `the system lets nothing be made in ${folder}`, try: 'choose another folder' };
  return { what: `there is no folder ${folder}`, try: `create it: mkdir -p ${shellWord(folder)}` };
}

/** The file that stands where a path needs a folder above it; undefined where none does. */
export function fileInTheWay(path: string): string | undefined {
  for (let at = dirname(path); ; at = dirname(at)) {
    const kind = kindOf(at);
    if (kind !== undefined) return kind === 'file' ? at : undefined;
    if (dirname(at) === at) return undefined;
  }
}

// --- internal ---

/** Undefined for what is not there, or cannot be seen. */
function kindOf(path: string): 'file' | 'folder' | undefined {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return undefined;
  }
}

/** Below what Linux makes up as it is read, nobody makes a folder. */
function isOfSystem(folder: string): boolean {
  return /^\/(proc|sys)(\/|$)/.test(folder);
}

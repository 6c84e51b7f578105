import { isAbsolute, relative, sep } from 'node:path';

/** A path as the user would type it: relative within the current folder, absolute outside of it. */
export function shownPath(cwd: string, path: string): string {
  const below = relative(cwd, path);
  if (below === '') return '.';
  return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? path : below;
}

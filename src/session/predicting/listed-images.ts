import { readdir, stat } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';
import { imageExtensions } from '../../data/formats/decode-image.js';
import { byCodePoint } from '../../data/source.js';
import type { Problem } from '../../util/errors.js';

/** Images by their paths as they were named, and what was named and is none. */
export interface ListedImages {
  readonly images: readonly string[];
  readonly problems: readonly Problem[];
}

/**
 * The images that a command line names: a file is itself, a folder all images in it and below, sorted, hidden ones aside,
 * and a pattern (`*`, `?`, `**`) what it fits, for shells that leave it as it is.
 */
export async function listImages(named: readonly string[], cwd: string): Promise<ListedImages> {
  const images: string[] = [];
  const problems: Problem[] = [];
  for (const name of named) {
    const kind = await kindOf(resolve(cwd, name));
    if (kind === 'folder') {
      const found = await imagesBelow(name, cwd);
      if (found.length === 0) problems.push({ what: 'there is no image in the folder', where: name });
      images.push(...found);
    } else if (kind === undefined && /[*?]/.test(name)) {
      const found = await matching(name, cwd);
      if (found.length === 0) problems.push({ what: 'no image fits the pattern', where: name });
      images.push(...found);
    } else images.push(name);
  }
  return { images, problems };
}

// --- internal ---

async function kindOf(path: string): Promise<'folder' | 'file' | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'file'),
    () => undefined,
  );
}

async function imagesBelow(folder: string, cwd: string): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(resolve(cwd, folder), { withFileTypes: true });
  for (const { name } of entries.sort((a, b) => byCodePoint(a.name, b.name))) {
    if (name.startsWith('.')) continue;
    const path = join(folder, name);
    // A link is what it leads to; one that goes round in a circle is no folder to the system in the end.
    const kind = await kindOf(resolve(cwd, path));
    if (kind === 'folder') found.push(...(await imagesBelow(path, cwd)));
    else if (kind === 'file' && imageExtensions.has(extname(name).toLowerCase())) found.push(path);
  }
  return found;
}

async function matching(pattern: string, cwd: string): Promise<string[]> {
  const parts = pattern.split(/[\\/]/);
  const first = parts.findIndex((part) => /[*?]/.test(part));
  const folder = parts.slice(0, first).join(sep) || (pattern.startsWith('/') ? sep : '.');
  if ((await kindOf(resolve(cwd, folder))) !== 'folder') return [];
  const fits = new RegExp(`^${parts.slice(first).map(partPattern).join('')}$`);
  const start = folder === '.' ? 0 : join(folder, 'x').length - 1;
  return (await imagesBelow(folder, cwd)).filter((path) => fits.test(path.slice(start).split(sep).join('/')));
}

/** A part of a pattern as a regular expression; `**` is any number of folders. */
function partPattern(part: string, index: number, all: readonly string[]): string {
  const isLast = index === all.length - 1;
  if (part === '**') return isLast ? '.*' : '(?:.*/)?';
  const text = part
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '[^/]*')
    .replace(/\?/g, '[^/]');
  return isLast ? text : `${text}/`;
}

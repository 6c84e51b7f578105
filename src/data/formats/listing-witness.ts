import { accessSync, constants, statSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { settlingMs } from '../index/index-file.js';
import { keepsChanges } from './file-stamp.js';
import { followLink, type FolderEntry, type FolderWitness } from './read-folder.js';

/** Each link is followed again to see where it leads: that is most of a listing where there are many. */
const mostLinks = 10_000;

/** What a listing rests on, relative to a folder. */
export interface Seen {
  /** With what the system says of them. */
  readonly folders: readonly (readonly [path: string, stamp: string])[];
  readonly links: readonly (readonly [path: string, led: string])[];
  /** Files whose content was read. */
  readonly files?: readonly (readonly [path: string, stamp: string])[];
}

/** Writes down what a listing rests on. */
export class ListingWitness implements FolderWitness {
  readonly #dir: string;
  readonly #started = Date.now();
  readonly #folders: [string, string][] = [];
  readonly #links: [string, string][] = [];
  readonly #files: [string, string][] = [];
  #isTrusted = true;

  constructor(dir: string) {
    this.#dir = dir;
  }

  folder(dir: string): void {
    this.#folders.push(this.#look(dir));
  }

  /** A file, before it is read. */
  file(path: string): void {
    this.#files.push(this.#look(path));
  }

  link(path: string, led: FolderEntry): void {
    if (this.#links.length < mostLinks) this.#links.push([relative(this.#dir, path), ledTo(led)]);
    else this.#isTrusted = false;
  }

  /** Null where a change might go unnoticed, or where looking for one is as much work as listing. */
  get seen(): Seen | null {
    if (!this.#isTrusted) return null;
    const [folders, links, files] = [this.#folders, this.#links, this.#files];
    return files.length === 0 ? { folders, links } : { folders, links, files };
  }

  #look(path: string): [path: string, stamp: string] {
    const stats = statSync(path, { bigint: true });
    const age = this.#started - Number(stats.ctimeNs / 1_000_000n);
    if (age < settlingMs || !keepsChanges(path, stats)) this.#isTrusted = false;
    return [relative(this.#dir, path), stampOf(stats)];
  }
}

/** Whether all of it is as it was. */
export function isAsSeen(dir: string, { folders, links, files = [] }: Seen): boolean {
  try {
    for (const [path, stamp] of folders) {
      const folder = join(dir, path);
      if (stampOf(statSync(folder, { bigint: true })) !== stamp) return false;
      // Another user may not list what the one did who listed it.
      accessSync(folder, constants.R_OK | constants.X_OK);
    }
    for (const [path, stamp] of files) {
      const file = join(dir, path);
      if (stampOf(statSync(file, { bigint: true })) !== stamp) return false;
      accessSync(file, constants.R_OK);
    }
    return links.every(([path, led]) => {
      const link = join(dir, path);
      return ledTo(followLink(dirname(link), basename(link))) === led;
    });
  } catch {
    return false;
  }
}

// --- internal ---

function stampOf({ ino, mtimeNs, ctimeNs }: { ino: bigint; mtimeNs: bigint; ctimeNs: bigint }): string {
  return `${ino}|${mtimeNs}|${ctimeNs}`;
}

function ledTo({ kind, link, unnamed }: FolderEntry): string {
  return JSON.stringify([kind, link, unnamed]);
}

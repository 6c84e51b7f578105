import { readdirSync, realpathSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { readProblem, refusalOf } from '../read-problem.js';
import type { Problem } from '../../util/errors.js';

/** What stands in a folder. */
export interface FolderEntry {
  readonly name: string;
  /** Of a link, what it leads to. `other`: a pipe, a socket or a device, which nobody should open. */
  readonly kind: 'file' | 'folder' | 'other' | 'nowhere';
  /** The real path that a link leads to; null where it leads nowhere. */
  readonly link?: string | null;
  /** Why a link leads nowhere, in a few words. */
  readonly why?: string;
  /** How the name is shown where its bytes are no UTF-8, so that no path can be made of it. */
  readonly unnamed?: string;
}

/** Is told what a listing rests on: every folder, before it is read, and every link that was followed. */
export interface FolderWitness {
  folder(dir: string): void;
  link(path: string, led: FolderEntry): void;
}

/** What stands in a folder, in no order; one that cannot be listed is empty, and a problem more. */
export function readFolder(dir: string, problems: Problem[], witness?: FolderWitness): FolderEntry[] {
  let entries: Dirent[];
  try {
    witness?.folder(dir);
    entries = readdirSync(dir, { withFileTypes: true });
  } catch (error) {
    problems.push(readProblem(error, 'the folder', dir));
    return [];
  }
  const unnamed = entries.some(({ name }) => name.includes('\uFFFD')) ? namesInOtherBytes(dir) : null;
  return entries.map((entry): FolderEntry => {
    const { name } = entry;
    const shown = unnamed?.get(name);
    if (shown !== undefined) return { name, kind: entry.isDirectory() ? 'folder' : 'file', unnamed: shown };
    if (entry.isFile()) return { name, kind: 'file' };
    if (entry.isDirectory()) return { name, kind: 'folder' };
    if (!entry.isSymbolicLink()) return { name, kind: 'other' };
    const led = followLink(dir, name);
    witness?.link(join(dir, name), led);
    return led;
  });
}

/** Where a link leads. */
export function followLink(dir: string, name: string): FolderEntry {
  try {
    const link = realpathSync.native(join(dir, name));
    const stats = statSync(link);
    return { name, link, kind: stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other' };
  } catch (error) {
    const why = refusalOf(error);
    if (why === undefined) throw error;
    return { name, link: null, kind: 'nowhere', why: why === 'it is not there' ? 'a link to nowhere' : why };
  }
}

// --- internal ---

/** Names whose bytes are no UTF-8: as Node reads them, and as they are shown. */
function namesInOtherBytes(dir: string): Map<string, string> {
  const names = readdirSync(dir, { encoding: 'buffer' }).filter(
    (bytes) => !Buffer.from(bytes.toString()).equals(bytes),
  );
  return new Map(names.map((bytes) => [bytes.toString(), shownBytes(bytes)]));
}

function shownBytes(bytes: Buffer): string {
  return [...bytes]
    .map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`))
    .join('');
}

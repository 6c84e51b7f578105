import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stateOf, thisProcess, type ProcessIdentity } from '../../util/process-identity.js';

const prefix = '.building-';
const ownerFile = 'owner.json';

/** Of a builder that cannot be seen from here, on another host or in another container. */
const leftoverAgeMs = 24 * 3600 * 1000;

/** Runs `build` in a folder of its own below `parent`, which is gone afterwards unless `build` has moved it. */
export async function inBuildingFolder<T>(parent: string, build: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(parent, `${prefix}${process.pid}-${randomBytes(6).toString('hex')}`);
  mkdirSync(folder);
  try {
    writeFileSync(join(folder, ownerFile), JSON.stringify(thisProcess()));
    return await build(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Makes what was built whole: from now on nobody owns it. */
export async function disown(folder: string): Promise<void> {
  await rm(join(folder, ownerFile), { force: true });
}

/**
 * Removes what processes that were killed left behind below `parent`; what cannot be removed stays.
 * @param isOurs whether the folder is this program's own; elsewhere only folders go that say who built there
 */
export async function removeLeftovers(parent: string, isOurs: boolean): Promise<void> {
  for (const name of namesIn(parent)) {
    const folder = join(parent, name);
    const isMeant = name.startsWith(prefix) && (isOurs || existsSync(join(folder, ownerFile)));
    if (isMeant && isLeft(folder, name))
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

// --- internal ---

function namesIn(parent: string): string[] {
  try {
    return readdirSync(parent);
  } catch {
    return []; // Not there yet, or not readable: whoever writes to it says so.
  }
}

function isLeft(folder: string, name: string): boolean {
  const state = stateOf(ownerOf(folder, name));
  if (state !== 'unknown') return state === 'gone';
  const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs;
  return changed !== undefined && Date.now() - changed > leftoverAgeMs;
}

/** Who builds there; of a folder that does not say, a process of this machine with the number in its name. */
function ownerOf(folder: string, name: string): ProcessIdentity {
  try {
    return JSON.parse(readFileSync(join(folder, ownerFile), 'utf8')) as ProcessIdentity;
  } catch {
    return { ...thisProcess(), pid: Number.parseInt(name.slice(prefix.length), 10), started: null };
  }
}

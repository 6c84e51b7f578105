import { randomUUID } from 'node:crypto';
import { link, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { badInput, type InvolveError } from './errors.js';
import { shellWord } from './shell-words.js';
import { readTextIfThere } from './read-text.js';
import { stateOf, thisProcess, type ProcessIdentity } from './process-identity.js';
import { errorCode, explainWriteError } from './system-error.js';

/**
 * One writer a folder. A lock file, say `run.lock`, names its owner; a lock whose owner is gone is taken over.
 *
 * Taking over must be won by one process only, although anyone may try at any moment. Each lock
 * has a token, and the right to succeed the lock `t` is the file `run.lock.t`, created exclusively
 * and a lock itself, so that its owner may die too and be succeeded in turn. The winner renames it
 * over `run.lock`. A token never comes back, so a slow process that wins the right to succeed a lock
 * of long ago finds another token in `run.lock` and starts again.
 */

/** What is locked, and how a refusal speaks of it. */
export interface LockKind {
  /** Name of the lock file. */
  readonly file: string;
  /** Code of the error. */
  readonly code: string;
  /** "the lock of …" */
  readonly of: string;
  /** The way round besides waiting: "choose another folder by --out". */
  readonly otherwise: string;
}

interface LockFile extends ProcessIdentity {
  readonly token: string;
  /** For people who read the file; one that somebody wrote by hand may have none. */
  readonly since?: string;
}

export interface Lock {
  /** Gives the folder free. */
  release(): Promise<void>;
}

/** Takes the lock of a folder, or says who has it (exit code 2). */
export async function lockFolder(folder: string, kind: LockKind): Promise<Lock> {
  const path = join(folder, kind.file);
  const mine: LockFile = { ...thisProcess(), token: randomUUID(), since: new Date().toISOString() };
  const temporary = join(folder, `.${kind.file}.${mine.token}`);
  try {
    await writeNew(temporary, JSON.stringify(mine));
    for (let attempt = 0; ; attempt++) {
      const taken = await tryLock(folder, path, temporary, mine, kind);
      if (taken) break;
      // Someone else moved in the same moment: look again. More than a few times means a broken disk.
      if (attempt === 50)
        throw unreadable(path, kind, `it cannot be settled whose the lock of ${kind.of} is`);
      await sleep(10);
    }
  } finally {
    await rm(temporary, { force: true });
  }
  return {
    async release() {
      if ((await readLock(path, kind))?.token === mine.token) await rm(path, { force: true });
    },
  };
}

/** The process that holds the lock of a folder, as far as one can tell; undefined when it is free. */
export async function lockOwner(folder: string, kind: LockKind): Promise<ProcessIdentity | undefined> {
  const chain = await readChain(folder, kind);
  const owner = chain.at(-1);
  return owner !== undefined && stateOf(owner) !== 'gone' ? owner : undefined;
}

/** Whether a file of a folder belongs to its lock. */
export function isLockFile(name: string, { file }: LockKind): boolean {
  return name === file || name.startsWith(`${file}.`) || name.startsWith(`.${file}.`);
}

// --- internal ---

async function tryLock(
  folder: string,
  path: string,
  temporary: string,
  mine: LockFile,
  kind: LockKind,
): Promise<boolean> {
  if (await linkNew(temporary, path)) return true;
  const chain = await readChain(folder, kind);
  const owner = chain.at(-1);
  if (owner === undefined) return false;
  const state = stateOf(owner, mine);
  if (state !== 'gone') throw locked(folder, path, owner, state === 'unknown', kind);

  const claim = join(folder, `${kind.file}.${owner.token}`);
  if (!(await linkNew(temporary, claim))) return false;
  const now = await readChain(folder, kind);
  const isStillLast = now.at(-1)?.token === mine.token && now[0]?.token === chain[0].token;
  if (!isStillLast) {
    await rm(claim, { force: true });
    return false;
  }
  await rename(claim, path);
  await sweep(folder, mine, kind);
  return true;
}

/** Removes what earlier owners and dead contenders left; the owner alone may do this. */
async function sweep(folder: string, mine: LockFile, kind: LockKind): Promise<void> {
  for (const name of (await readdir(folder)).filter((each) => isLockFile(each, kind))) {
    const path = join(folder, name);
    const isSpent = name.startsWith(`${kind.file}.`);
    const left =
      isSpent || name === kind.file ? undefined : await readLock(path, kind).catch(() => undefined);
    if (isSpent || (left !== undefined && stateOf(left, mine) === 'gone')) await rm(path, { force: true });
  }
}

/** The lock file, and whoever has claimed to succeed it, in order; the last one is the owner. */
async function readChain(folder: string, kind: LockKind): Promise<LockFile[]> {
  const chain: LockFile[] = [];
  let next = await readLock(join(folder, kind.file), kind);
  while (next !== undefined) {
    chain.push(next);
    next = await readLock(join(folder, `${kind.file}.${next.token}`), kind);
  }
  return chain;
}

async function readLock(path: string, kind: LockKind): Promise<LockFile | undefined> {
  const text = await readTextIfThere(path);
  if (text === undefined) return undefined;
  try {
    const lock = JSON.parse(text) as LockFile;
    if (typeof lock.pid === 'number' && typeof lock.host === 'string' && /^[\w-]+$/.test(lock.token))
      return lock;
  } catch {
    // Not a lock that this program wrote whole.
  }
  throw unreadable(path, kind, `the lock of ${kind.of} cannot be read`);
}

function unreadable(path: string, { code, of }: LockKind, what: string): InvolveError {
  return badInput(code, {
    what,
    where: path,
    try: `make sure that nothing writes to ${of}, then: rm ${shellWord(path)}`,
  });
}

/** Creates a file that appears with its content at once; false if the name is taken. */
async function linkNew(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    // File systems without hard links (exFAT, some network disks): nearly as good, in one small write.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errorCode(error))) throw error;
  }
  try {
    await writeNew(to, await readFile(from, 'utf8'));
    return true;
  } catch (error) {
    if (errorCode((error as Error).cause ?? error) === 'EEXIST') return false;
    throw error;
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    const handle = await open(path, 'wx');
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw explainWriteError(error, path) ?? error;
  }
}

function locked(
  folder: string,
  path: string,
  owner: LockFile,
  isElsewhere: boolean,
  kind: LockKind,
): InvolveError {
  const inContainer = owner.host === thisProcess().host ? 'another container of ' : '';
  const where = isElsewhere ? ` on ${inContainer}${owner.host}, which cannot be checked from here` : '';
  const since = owner.since === undefined ? '' : ` (since ${owner.since})`;
  return badInput(kind.code, {
    what: `${folder} is in use by process ${owner.pid}${where}${since}`,
    where: path,
    try: isElsewhere
      ? `if that process is gone: rm ${shellWord(path)}`
      : `wait for it, stop it (kill ${owner.pid}), or ${kind.otherwise}`,
  });
}

import * as folderLock from '../util/folder-lock.js';
import type { Lock, LockKind } from '../util/folder-lock.js';
import type { ProcessIdentity } from '../util/process-identity.js';

export type { Lock };

const RUN_LOCK: LockKind = {
  file: 'run.lock',
  code: 'E_RUN_LOCKED',
  of: 'the run',
  otherwise: 'choose another folder by --out',
};

/** Takes the lock of a run folder, or says who has it (exit code 2). */
export function lockFolder(folder: string): Promise<Lock> {
  return folderLock.lockFolder(folder, RUN_LOCK);
}

/** The process that holds the lock of a run folder, as far as one can tell; undefined when it is free. */
export function lockOwner(folder: string): Promise<ProcessIdentity | undefined> {
  return folderLock.lockOwner(folder, RUN_LOCK);
}

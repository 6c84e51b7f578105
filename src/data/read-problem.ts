import { statSync } from 'node:fs';
import { badInput, type Problem } from '../util/errors.js';
import { errorCode } from '../util/system-error.js';

/** What the system's refusals to read mean, and what mends them; a code that is not here is no fault of the data. */
const REFUSALS: Readonly<Record<string, readonly [what: string, advice?: string]>> = {
  EACCES: ['this user may not read it', 'let its owner grant it: chmod -R u+rX,go+rX FOLDER'],
  EPERM: ['this user may not read it', 'let its owner grant it: chmod -R u+rX,go+rX FOLDER'],
  ELOOP: ['a link that leads to itself', 'remove the link, or let it point at what it stood for'],
  ENAMETOOLONG: ['a name that is too long for this system', 'shorten the name'],
  ENOENT: ['it is not there'],
  ENOTDIR: ['it is not there: a part of its path is a file'],
  // The system says it of what it reads, and then names no path.
  EISDIR: ['it is a folder, and a file is needed', 'give the folder another name'],
};

/** In a few words, why the system does not let something be read; undefined where it is no matter of the data. */
export function refusalOf(error: unknown): string | undefined {
  return REFUSALS[errorCode(error)]?.[0];
}

/** Whether another user, or the same one later, may be allowed what was refused. */
export function isOfRights(error: unknown): boolean {
  return ['EACCES', 'EPERM'].includes(errorCode(error));
}

/**
 * The problem of a file or folder that cannot be read.
 * @param subject what it is: `the class folder dog`
 * @throws the error itself where it is no matter of the data: too many open files, a broken disk
 */
export function readProblem(error: unknown, subject: string, path: string): Problem {
  const refusal = REFUSALS[errorCode(error)];
  if (refusal === undefined) throw error;
  const [what, advice] = refusal;
  return { what: `${subject} cannot be read: ${what} (${errorCode(error)})`, where: path, try: advice };
}

/**
 * Whether a path is a folder.
 * @throws InvolveError (exit code 2) where the system does not let anyone see
 */
export function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return false;
    throw badInput('E_DATA_READ', readProblem(error, 'the folder', path), { cause: error });
  }
}

/**
 * What `read` returns.
 * @param subject what is read, for the message
 * @throws InvolveError (exit code 2) where the system does not let it be read
 */
export function reading<T>(subject: string, path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw badInput('E_DATA_READ', readProblem(error, subject, path), { cause: error });
  }
}

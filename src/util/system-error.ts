import { statfsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { ExitCode, InvolveError, type Problem } from './errors.js';
import { fileInTheWay, whyNoPlace } from './writing/no-place.js';
import { shellWord } from './shell-words.js';

/**
 * The one place where the operating system's errors become ours: what is wrong, where, what to do, and the exit code.
 * Whoever knows more of what was being done says more before; what nobody has explained is explained by the command
 * line at the end, by the path and the call that stand in the error.
 */

/** The system's code of an error (`ENOENT`), or an empty string. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

/**
 * What a failed write means to the user: a full disk (exit code 1), or a place that cannot be written to (exit code 2).
 * Undefined for what is no error of the operating system: a defect.
 */
export function explainWriteError(error: unknown, path: string): InvolveError | undefined {
  const code = errorCode(error);
  const name = basename(path);
  const reason = whyNoPlace(code, refusedFolder(error) ?? path, refusedFolder(error) !== undefined);
  if (reason !== undefined) return notWritable(reason.what, path, reason.try, error);
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return notWritable(`no permission to write ${name}`, path, 'choose a folder of your own', error);
    case 'EROFS':
      return notWritable(`${name} is on a read-only disk`, path, 'choose another folder', error);
    case 'EISDIR':
      return notWritable(
        `${name} is a folder, and a file is to be written`,
        path,
        'choose another name',
        error,
      );
    default:
      return explainSystemError(error, path);
  }
}

/**
 * What an error of the operating system means to the user; undefined for any other error.
 *
 * @param path what was worked on, where the error does not say
 */
export function explainSystemError(error: unknown, path?: string): InvolveError | undefined {
  if (error instanceof InvolveError || !(error instanceof Error)) return undefined;
  const code = errorCode(error);
  const fields = error as NodeJS.ErrnoException;
  const isOfSystem =
    /^E[A-Z0-9]{2,}$/.test(code) && (fields.errno !== undefined || fields.syscall !== undefined);
  if (!isOfSystem && !(code in WORDS)) return undefined;
  const syscall = fields.syscall ?? '';
  const where = path ?? (typeof fields.path === 'string' ? fields.path : undefined);
  const folder = refusedFolder(error);
  const reason = folder === undefined ? undefined : whyNoPlace(code, folder, true);
  if (reason !== undefined) return notWritable(reason.what, where ?? folder!, reason.try, error);
  const words = (syscall.startsWith('spawn') ? SPAWN_WORDS[code] : undefined) ?? WORDS[code] ?? UNKNOWN;
  const { exitCode, id, ...problem } = words({
    code,
    syscall,
    path: where,
    name: where ?? 'a file',
    message: error.message,
  });
  return new InvolveError(id, exitCode, { ...problem, where }, { cause: error });
}

// --- internal ---

interface Failure {
  readonly code: string;
  readonly syscall: string;
  readonly path: string | undefined;
  /** The path as it is spoken of. */
  readonly name: string;
  readonly message: string;
}

type Words = (failure: Failure) => Problem & { readonly exitCode: ExitCode; readonly id: string };

const full: Words = ({ path, name }) => ({
  id: 'E_DISK_FULL',
  exitCode: ExitCode.failed,
  what: `the disk is full: cannot write ${path === undefined ? name : basename(path)}`,
  try: `free some space${freeSpace(path)}; what was saved before is unchanged`,
});

const noRight: Words = ({ name, path }) => ({
  id: 'E_NO_PERMISSION',
  exitCode: ExitCode.badInput,
  what: `no permission to use ${name}`,
  try: path === undefined ? 'see whose it is' : `see whose it is: ls -ld ${shellWord(path)}`,
});

const tooManyFiles: Words = () => ({
  id: 'E_TOO_MANY_FILES',
  exitCode: ExitCode.missing,
  what: 'the system lets this process open no more files',
  try: 'raise the limit, then run again: ulimit -n 4096',
});

const noMemory: Words = () => ({
  id: 'E_NO_MEMORY',
  exitCode: ExitCode.failed,
  what: 'the system has no memory left',
  try: 'a smaller train.batchSize, or fewer programs beside this one',
});

const diskFails: Words = ({ name }) => ({
  id: 'E_DISK',
  exitCode: ExitCode.failed,
  what: `the disk of ${name} does not answer`,
  try: 'see that it is there and sound, then run again: what was saved before is unchanged',
});

const inUse: Words = ({ name }) => ({
  id: 'E_IN_USE',
  exitCode: ExitCode.failed,
  what: `${name} is in use by another program`,
  try: 'end that program, then run again',
});

const noNetwork: Words = ({ code }) => ({
  id: 'E_NETWORK',
  exitCode: ExitCode.failed,
  what: `the network does not answer (${code})`,
  try: 'run again when it does',
});

const bad =
  (id: string, what: (name: string) => string, advice: string): Words =>
  ({ name }) => ({ id, exitCode: ExitCode.badInput, what: what(name), try: advice });

const UNKNOWN: Words = ({ code, syscall, name, message }) => ({
  id: 'E_SYSTEM',
  exitCode: ExitCode.failed,
  what: `the system refused ${syscall || 'to work'} on ${name}: ${message.split('\n')[0]}`,
  try: `look up ${code} for what it means here, then run again`,
});

const WORDS: Readonly<Record<string, Words>> = {
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: ({ path, name }) => ({
    id: 'E_DISK_FULL',
    exitCode: ExitCode.failed,
    what: `the file size limit does not allow to write ${path === undefined ? name : basename(path)}`,
    try: 'raise the limit (ulimit -f); what was saved before is unchanged',
  }),
  EACCES: noRight,
  EPERM: noRight,
  EROFS: bad('E_NOT_WRITABLE', (name) => `${name} is on a read-only disk`, 'choose another folder'),
  ENOENT: bad('E_NO_FILE', (name) => `there is no ${name}`, 'see that the path is right'),
  ENOTDIR: bad(
    'E_NO_FILE',
    (name) => {
      const file = fileInTheWay(name);
      return file === undefined
        ? `a part of ${name} is a file, no folder`
        : `there is no ${name}: ${file} is a file, no folder`;
    },
    'see that the path is right',
  ),
  EISDIR: bad(
    'E_IS_FOLDER',
    (name) => `${name} is a folder, and a file is needed`,
    'name a file in it; or move it away, where a file of that name belongs',
  ),
  ENOTEMPTY: bad('E_EXISTS', (name) => `${name} is not empty`, 'choose another folder'),
  EEXIST: bad('E_EXISTS', (name) => `${name} exists`, 'choose another name'),
  ELOOP: bad('E_LINKS', (name) => `the links at ${name} go round in a circle`, 'mend or remove the link'),
  ENAMETOOLONG: bad(
    'E_NAME_TOO_LONG',
    (name) => `the name is longer than the disk allows: ${name.length > 60 ? `${name.slice(0, 57)}…` : name}`,
    'choose a shorter name',
  ),
  EXDEV: bad('E_OTHER_DISK', (name) => `${name} is on another disk`, 'choose a folder on the same disk'),
  EMFILE: tooManyFiles,
  ENFILE: tooManyFiles,
  ENOMEM: noMemory,
  EIO: diskFails,
  ESTALE: diskFails,
  ENODEV: diskFails,
  ENXIO: diskFails,
  EHOSTDOWN: diskFails,
  EREMOTEIO: diskFails,
  EBUSY: inUse,
  ETXTBSY: inUse,
  ECONNREFUSED: noNetwork,
  ECONNRESET: noNetwork,
  EHOSTUNREACH: noNetwork,
  ENETUNREACH: noNetwork,
  ETIMEDOUT: noNetwork,
  ENOTFOUND: noNetwork,
  EAI_AGAIN: noNetwork,
  ERR_WORKER_OUT_OF_MEMORY: noMemory,
  ERR_WORKER_INIT_FAILED: noThreads('no more threads'),
};

const SPAWN_WORDS: Readonly<Record<string, Words>> = {
  ENOENT: ({ name }) => ({
    id: 'E_NO_PROGRAM',
    exitCode: ExitCode.missing,
    what: `the program ${name} is not on this machine`,
    try: `install ${name}, or put it into PATH`,
  }),
  EACCES: ({ name }) => ({
    id: 'E_NO_PROGRAM',
    exitCode: ExitCode.missing,
    what: `${name} may not be run here`,
    try: 'see that the file may be executed, and that its disk allows it',
  }),
  EAGAIN: noThreads('no more processes'),
};

function noThreads(what: string): Words {
  return () => ({
    id: 'E_TOO_MANY_PROCESSES',
    exitCode: ExitCode.missing,
    what: `the system lets you start ${what}`,
    try: 'end some, or raise the limit: ulimit -u',
  });
}

/** The folder that the system did not make, of the error of one that was to be made: it may be one above the last. */
function refusedFolder(error: unknown): string | undefined {
  const { syscall, path } = (error ?? {}) as { syscall?: unknown; path?: unknown };
  return syscall === 'mkdir' && typeof path === 'string' ? path : undefined;
}

function notWritable(what: string, where: string, advice: string, cause: unknown): InvolveError {
  return new InvolveError('E_NOT_WRITABLE', ExitCode.badInput, { what, where, try: advice }, { cause });
}

function freeSpace(path: string | undefined): string {
  if (path === undefined) return '';
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return `; ${formatBytes(bavail * bsize)} are free there now`;
  } catch {
    return '';
  }
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

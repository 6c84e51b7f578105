import { statfsSync } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { badInput, runFailed, type InvolveError } from './errors.js';

/** What can be written: text, bytes, or the pieces of a file in order, taken one at a time. */
export type FileContent = string | Uint8Array | Iterable<string | Uint8Array>;

let written = 0;

/**
 * Replaces a file so that a reader, a crash or a power cut sees either the old content or the new,
 * never half: temporary file in the same folder → fsync → rename → fsync of the folder. On failure
 * the temporary file is removed and the old file is untouched.
 */
export async function writeFileAtomic(path: string, content: FileContent): Promise<void> {
  let temporary: string | undefined;
  try {
    const opened = await openTemporary(path);
    temporary = opened.temporary;
    try {
      for (const piece of isOnePiece(content) ? [content] : content) {
        const part = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
        await writeAll(opened.handle, part);
      }
      // Without this the rename could reach the disk before the data does.
      await opened.handle.sync();
    } finally {
      await opened.handle.close();
    }
    await rename(temporary, path);
    temporary = undefined;
    await syncFolder(dirname(path));
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { force: true }).catch(() => undefined);
    throw explainWriteError(error, path) ?? error;
  }
}

/** Writes every byte of the piece: the system may take less than it was given. */
async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < piece.byteLength) {
    const { bytesWritten } = await handle.write(piece, offset, piece.byteLength - offset);
    offset += bytesWritten;
  }
}

/** Makes the names in a folder durable; a no-op where folders cannot be synced (Windows, some network disks). */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES'].includes(errorCode(error))) throw error;
  } finally {
    await handle?.close();
  }
}

/** Removes temporary files that a killed process left behind in the folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const left = names.filter((name) => /^\..+\.\d+-\d+\.tmp$/.test(name));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

/**
 * What a failed write means to the user: a full disk (exit code 1), or a place that cannot be written
 * to (exit code 2). Undefined for anything else, which is a defect or broken hardware.
 */
export function explainWriteError(error: unknown, path: string): InvolveError | undefined {
  const options = { cause: error };
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT': {
      const free = freeBytes(dirname(path));
      const left = free === undefined ? '' : `; ${formatBytes(free)} are free there now`;
      const what = `the disk is full: cannot write ${basename(path)}`;
      return runFailed(
        'E_DISK_FULL',
        { what, where: path, try: `free some space${left}; what was saved before is unchanged` },
        options,
      );
    }
    case 'EFBIG':
      return runFailed(
        'E_DISK_FULL',
        {
          what: `the file size limit does not allow to write ${basename(path)}`,
          where: path,
          try: 'raise the limit (ulimit -f); what was saved before is unchanged',
        },
        options,
      );
    case 'EACCES':
    case 'EPERM':
      return badInput(
        'E_NOT_WRITABLE',
        { what: `no permission to write ${basename(path)}`, where: path, try: 'choose a folder of your own' },
        options,
      );
    case 'EROFS':
      return badInput(
        'E_NOT_WRITABLE',
        { what: `${basename(path)} is on a read-only disk`, where: path, try: 'choose another folder' },
        options,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return badInput(
        'E_NOT_WRITABLE',
        {
          what: `there is no folder ${dirname(path)}`,
          where: path,
          try: `create it: mkdir -p ${dirname(path)}`,
        },
        options,
      );
    default:
      return undefined;
  }
}

/** The system's code of an error (`ENOENT`), or an empty string. */
export function errorCode(error: unknown): string {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : '';
}

function isOnePiece(content: FileContent): content is string | Uint8Array {
  return typeof content === 'string' || content instanceof Uint8Array;
}

/** The name holds the process and a number, so that two writers never share a temporary file. */
async function openTemporary(path: string): Promise<{ temporary: string; handle: FileHandle }> {
  for (;;) {
    const name = `.${basename(path)}.${process.pid}-${written++}.tmp`;
    const temporary = join(dirname(path), name);
    try {
      return { temporary, handle: await open(temporary, 'wx') };
    } catch (error) {
      // Left behind by a killed process that had our number.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

function freeBytes(folder: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} bytes`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

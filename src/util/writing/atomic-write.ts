import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, explainWriteError } from '../system-error.js';
import { writtenPlace } from './written-place.js';

/** What can be written: text, bytes, or the pieces of a file in order, taken one at a time. */
export type FileContent = string | Uint8Array | Iterable<string | Uint8Array>;

let written = 0;

/**
 * Replaces a file so that a reader, a crash or a power cut sees either the old content or the new,
 * never half: temporary file in the same folder → fsync → rename → fsync of the folder. On failure
 * the temporary file is removed and the old file is untouched. A link stays one, and the file that it leads to is
 * replaced; a pipe or a device takes the content as it comes, and stays too.
 *
 * @throws InvolveError (exit code 2 for a place that cannot be written to, 1 for a full disk)
 */
export async function writeFileAtomic(name: string, content: FileContent): Promise<void> {
  let temporary: string | undefined;
  let path = name;
  try {
    const place = writtenPlace(name);
    path = place.path;
    if (place.isStream) return await writeThrough(path, content);
    const opened = await openTemporary(path);
    temporary = opened.temporary;
    try {
      for (const part of partsOf(content)) await writeAll(opened.handle, part);
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

/** The same for who cannot wait. */
export function writeFileAtomicSync(name: string, content: FileContent): void {
  let temporary: string | undefined;
  let path = name;
  try {
    const place = writtenPlace(name);
    path = place.path;
    if (place.isStream) return writeThroughSync(path, content);
    const [made, file] = openTemporarySync(path);
    temporary = made;
    try {
      writeAllSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    temporary = undefined;
    syncFolderSync(dirname(path));
  } catch (error) {
    if (temporary !== undefined) rmSync(temporary, { force: true });
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

function writeAllSync(file: number, content: FileContent): void {
  for (const part of partsOf(content))
    for (let at = 0; at < part.byteLength;) at += writeSync(file, part, at);
}

async function writeThrough(path: string, content: FileContent): Promise<void> {
  const handle = await open(path, 'w');
  try {
    for (const part of partsOf(content)) await writeAll(handle, part);
  } finally {
    await handle.close();
  }
}

function writeThroughSync(path: string, content: FileContent): void {
  const file = openSync(path, 'w');
  try {
    writeAllSync(file, content);
  } finally {
    closeSync(file);
  }
}

/** Makes the names in a folder durable; a no-op where folders cannot be synced (Windows, some network disks). */
export async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch (error) {
    if (!isUnsyncable(error)) throw error;
  } finally {
    await handle?.close();
  }
}

function syncFolderSync(folder: string): void {
  let file: number | undefined;
  try {
    file = openSync(folder, 'r');
    fsyncSync(file);
  } catch (error) {
    if (!isUnsyncable(error)) throw error;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** The system says that folders cannot be synced. */
function isUnsyncable(error: unknown): boolean {
  return ['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EACCES'].includes(errorCode(error));
}

/** Removes temporary files that a killed process left behind in the folder. */
export async function removeTemporaries(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const left = names.filter((name) => /^\..+\.\d+-\d+\.tmp$/.test(name));
  await Promise.all(left.map((name) => rm(join(folder, name), { force: true })));
}

function* partsOf(content: FileContent): Generator<Uint8Array> {
  const isOne = typeof content === 'string' || content instanceof Uint8Array;
  for (const piece of isOne ? [content] : content)
    yield typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
}

/** It holds the process and a number, so that two writers never share a temporary file. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${written++}.tmp`);
}

async function openTemporary(path: string): Promise<{ temporary: string; handle: FileHandle }> {
  for (;;) {
    const temporary = temporaryName(path);
    try {
      return { temporary, handle: await open(temporary, 'wx') };
    } catch (error) {
      // Left behind by a killed process that had our number.
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

function openTemporarySync(path: string): [name: string, file: number] {
  for (;;) {
    const temporary = temporaryName(path);
    try {
      return [temporary, openSync(temporary, 'wx')];
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
  }
}

import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { explainWriteError } from '../util/system-error.js';

/**
 * Files that only grow, a line at a time. A line counts once its newline is on the disk; what a
 * killed process left after the last newline is a torn line, dropped by readers and by `repairLines`.
 */

/** Appends text that ends in a newline, durably; on failure the file is cut back to what it was. */
export function appendLines(path: string, text: string): void {
  try {
    const file = openSync(path, 'a');
    try {
      const before = fstatSync(file).size;
      try {
        const bytes = Buffer.from(text);
        for (let offset = 0; offset < bytes.byteLength;) offset += writeSync(file, bytes, offset);
        fdatasyncSync(file);
        if (before === 0) syncFolder(dirname(path));
      } catch (error) {
        ftruncateSync(file, before);
        throw error;
      }
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw explainWriteError(error, path) ?? error;
  }
}

/** Makes the name of a new file durable, where folders can be synced. */
function syncFolder(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch {
    // Windows and some network disks; the lines themselves are safe.
  }
}

/** Cuts off a torn last line, if there is one. */
export async function repairLines(path: string): Promise<void> {
  const handle = await open(path, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw explainWriteError(error, path) ?? error;
  });
  if (handle === undefined) return;
  try {
    const text = await handle.readFile();
    const end = text.lastIndexOf('\n') + 1;
    if (end === text.byteLength) return;
    await handle.truncate(end);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The whole lines of a text, without their newlines and without a torn last one. */
export function wholeLines(text: string): string[] {
  return text.split('\n').slice(0, -1);
}

/** Whether the file is absent or empty, so that the next line is its first. */
export function isEmptyFile(path: string): boolean {
  try {
    const file = openSync(path, 'r');
    try {
      return readSync(file, Buffer.alloc(1)) === 0;
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

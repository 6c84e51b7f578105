import { closeSync, ftruncateSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { cLibrary, loadKoffi } from '../../util/koffi.js';

/** Where files are memory, and nothing but memory. */
export const MEMORY_FILES = '/dev/shm';

/**
 * Makes a file of zeros that others may map into their memory too. All of it is there at once: memory that is only promised
 * would end the process that first writes to it.
 * @throws the system's error where there is no room
 */
export function createMemoryFile(path: string, bytes: number): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    const zeros = new Uint8Array(Math.min(bytes, CHUNK));
    for (let at = 0; at < bytes; at += CHUNK) writeSync(file, zeros, 0, Math.min(CHUNK, bytes - at), at);
    ftruncateSync(file, bytes);
  } catch (error) {
    unlinkSync(path);
    throw error;
  } finally {
    closeSync(file);
  }
}

/**
 * The bytes of a file as memory that this process shares with all who map the same file, until it ends.
 * @throws where the system has no such thing
 */
export async function mapMemoryFile(path: string, bytes: number): Promise<ArrayBuffer> {
  const koffi = await loadKoffi();
  const map = koffi
    .load(cLibrary())
    .func('mmap', 'uintptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
  const file = openSync(path, 'r+');
  try {
    const address = BigInt(map(0, bytes, READ_AND_WRITE, SHARED, file, 0) as number | bigint);
    if (address === FAILED) throw new Error(`mmap of ${path} fails`);
    return koffi.view(address, bytes);
  } finally {
    closeSync(file);
  }
}

// --- internal ---

const CHUNK = 4 << 20;
/** <sys/mman.h>: PROT_READ | PROT_WRITE, MAP_SHARED, MAP_FAILED. */
const READ_AND_WRITE = 3;
const SHARED = 1;
const FAILED = 2n ** 64n - 1n;

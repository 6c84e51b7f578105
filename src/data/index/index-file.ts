import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { writeFileAtomicSync } from '../../util/writing/atomic-write.js';
import { makeFolderSync } from '../../util/writing/make-folder.js';

/** The kinds of numbers that an index has. */
const kinds = { Uint8Array, Uint16Array, Uint32Array, Float64Array } as const;

type Kind = keyof typeof kinds;
export type IndexArray = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** What is known of a folder or a shard without reading it again. */
export interface IndexContent<Head> {
  /** Whatever JSON holds. */
  readonly head: Head;
  readonly arrays: Readonly<Record<string, IndexArray>>;
}

/**
 * What changed so shortly before it was indexed may change again with the same time: clocks of file systems tick in
 * milliseconds, and those of file servers may be off by seconds. It is not kept.
 */
export const settlingMs = 60_000;

const format = 'involve-index-1';
const digestBytes = 32;
/** Arrays begin at multiples of it, so that they can be looked at where they lie. */
const alignment = 8;

interface Layout {
  readonly format: string;
  readonly key: string;
  readonly head: unknown;
  readonly arrays: readonly (readonly [name: string, kind: Kind, length: number])[];
}

/**
 * Where the index of something is kept.
 * @param label for people who look into the cache folder
 * @param key says of what it is, and by which rules it was made
 */
export function indexPath(cacheDir: string, label: string, key: string): string {
  return join(cacheDir, 'indexes', `${label}-${sha256(key).toString('hex').slice(0, 16)}.bin`);
}

/** Whether a file was left alone for so long that a change from now on shows in its times. */
export function isSettled(path: string): boolean {
  return Date.now() - statSync(path).ctimeMs >= settlingMs;
}

/** Reads an index; null where there is none, where it is of something else, or damaged. */
export function readIndex<Head>(path: string, key: string): IndexContent<Head> | null {
  try {
    const memory = wholeFile(path);
    const bytes = Buffer.from(memory);
    const body = bytes.subarray(digestBytes);
    if (!sha256(body).equals(bytes.subarray(0, digestBytes))) return null;
    const size = Number(body.readBigUInt64LE(0));
    const layout = JSON.parse(body.toString('utf8', alignment, alignment + size)) as Layout;
    if (layout.format !== format || layout.key !== key) return null;
    let at = digestBytes + aligned(alignment + size);
    const arrays: Record<string, IndexArray> = {};
    for (const [name, kind, length] of layout.arrays) {
      const array = new kinds[kind](memory, at, length);
      arrays[name] = array;
      at += aligned(array.byteLength);
    }
    return { head: layout.head as Head, arrays };
  } catch {
    // An index only saves time: whoever asked makes it anew.
    return null;
  }
}

/**
 * Keeps an index.
 * @returns null, or why it could not be kept; whoever needs it next makes it anew
 */
export function writeIndex<Head>(path: string, key: string, content: IndexContent<Head>): string | null {
  try {
    const arrays = Object.entries(content.arrays).map(([name, array]) => {
      return [name, array.constructor.name as Kind, array.length] as const;
    });
    const layout: Layout = { format, key, head: content.head, arrays };
    const text = Buffer.from(JSON.stringify(layout));
    const size = Buffer.alloc(alignment);
    size.writeBigUInt64LE(BigInt(text.length));
    const pieces = [
      Buffer.concat([size, text, padding(alignment + text.length)]),
      ...Object.values(content.arrays).flatMap((array) => {
        const bytes = Buffer.from(array.buffer, array.byteOffset, array.byteLength);
        return [bytes, padding(bytes.length)];
      }),
    ];
    const hash = createHash('sha256');
    for (const piece of pieces) hash.update(piece);
    makeFolderSync(dirname(path));
    writeFileAtomicSync(path, [hash.digest(), ...pieces]);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

// --- internal ---

/** In memory of its own, so that the arrays in it are where their numbers may be. */
function wholeFile(path: string): ArrayBuffer {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const memory = new ArrayBuffer(size);
    const bytes = new Uint8Array(memory);
    for (let at = 0; at < size;) {
      const got = readSync(file, bytes, at, size - at, at);
      if (got === 0) throw new Error('cut short');
      at += got;
    }
    return memory;
  } finally {
    closeSync(file);
  }
}

function aligned(size: number): number {
  return Math.ceil(size / alignment) * alignment;
}

function padding(size: number): Buffer {
  return Buffer.alloc(aligned(size) - size);
}

function sha256(content: string | Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

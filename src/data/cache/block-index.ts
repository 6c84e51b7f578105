import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';

/** What `index.json` of a block holds. */
export interface BlockIndex {
  readonly format: string;
  readonly key: string;
  readonly count: number;
  readonly mtimeMs: number;
  readonly bad: readonly { readonly at: number; readonly name: string; readonly reason: string }[];
  readonly remarks: readonly { readonly at: number; readonly text: string }[];
  /** Some images could not be read by this user, or not then: another time they may be. */
  readonly passing: boolean;
  /** Of masks: how many pixels have each label. */
  readonly labelled?: readonly number[];
  readonly digests: string;
}

/** Length of the digest of an image. */
export const digestBytes = 16;
/** Of `pixels.bin` and `index.json`: another one is another block. */
export const blockFormat = 'involve-pixels-2';

/** Writes the index of a block, with its checksum before it. */
export async function writeIndex(path: string, index: BlockIndex): Promise<void> {
  const text = JSON.stringify(index);
  const file = await open(path, 'wx');
  try {
    await file.writeFile(`${sha256(text)}\n${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Reads the index of a block; null where there is none, or it is damaged. */
export function readIndex(path: string): BlockIndex | null {
  try {
    const content = readFileSync(path, 'utf8');
    const end = content.indexOf('\n');
    const text = content.slice(end + 1).trimEnd();
    return sha256(text) === content.slice(0, end) ? (JSON.parse(text) as BlockIndex) : null;
  } catch {
    return null;
  }
}

/** Whether each image of a file of pixels, `bytes` long, has its digest. */
export function digestsMatch(path: string, bytes: number, digests: Buffer): boolean {
  const image = new Uint8Array(bytes);
  const file = openSync(path, 'r');
  try {
    for (let at = 0; at < digests.length; at += digestBytes) {
      if (readSync(file, image, 0, bytes, (at / digestBytes) * bytes) !== bytes) return false;
      if (!digest(image).equals(digests.subarray(at, at + digestBytes))) return false;
    }
    return true;
  } finally {
    closeSync(file);
  }
}

/** The digest of an image's pixels. */
export function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, digestBytes);
}

// --- internal ---

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

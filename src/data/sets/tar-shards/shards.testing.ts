import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Header } from 'tar';
import { loadSharp } from '../../formats/decode-image.js';

/** A member of an archive: its path and what is in it. */
export type Entry = readonly [path: string, content: string | Uint8Array, type?: 'File' | 'SymbolicLink'];

/** The bytes of a tar archive (ustar), with its end mark unless told otherwise. */
export function tarBytes(entries: readonly Entry[], { isEnded = true } = {}): Buffer {
  const blocks = entries.flatMap(([path, content, type = 'File']) => {
    const body = Buffer.from(content);
    const header = Buffer.alloc(512);
    new Header({ path, size: body.length, mode: 0o644, mtime: new Date(0), type }).encode(header);
    return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(isEnded ? 1024 : 0)]);
}

/** Writes an archive and the folders above it. */
export function writeTar(file: string, entries: readonly Entry[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, tarBytes(entries));
}

/** A PNG of one colour. */
export async function plainPng(red: number, side = 8): Promise<Buffer> {
  const sharp = await loadSharp();
  const background = { r: red, g: 20, b: 30 };
  return sharp({ create: { width: side, height: side, channels: 3, background } })
    .png()
    .toBuffer();
}

import { readFile } from 'node:fs/promises';
import type sharp from 'sharp';
import type { Sharp } from 'sharp';
import { BadImageError } from '../source.js';
import type { NativeImage } from '../source.js';

/** Images with a side below this are taken for broken: thumbnails of nothing, tracking pixels. */
export const minimumSide = 8;

/** Changes when the same file would give other pixels. */
export const decodeVersion = 'lanczos3-fill-white-1';

export const imageExtensions: ReadonlySet<string> = new Set(
  ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif'].map((name) => `.${name}`),
);

let library: Promise<typeof sharp> | null = null;

/** sharp, loaded when the first image is decoded: it takes a while and most commands need none. */
export function loadSharp(): Promise<typeof sharp> {
  library ??= import('sharp').then(({ default: loaded }) => {
    // Many small images at once, each read once: one thread an image and nothing to remember.
    loaded.concurrency(1);
    loaded.cache(false);
    return loaded;
  });
  return library;
}

/**
 * Decodes a file to size × size RGB bytes: turned upright by its EXIF orientation, transparency on white,
 * any colour space to sRGB, squeezed to the square without cropping (Lanczos, a = 3).
 */
export async function decodeImage(file: string, size: number, out: Uint8Array): Promise<void> {
  const upright = await openImage(file);
  const pixels = await decode(() =>
    upright.resize(size, size, { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false }).raw().toBuffer(),
  );
  out.set(pixels);
}

/** Decodes a file without resizing, otherwise like `decodeImage`. */
export async function decodeNative(file: string): Promise<NativeImage> {
  const upright = await openImage(file);
  const { data, info } = await decode(() => upright.raw().toBuffer({ resolveWithObject: true }));
  return { width: info.width, height: info.height, pixels: data };
}

async function openImage(file: string): Promise<Sharp> {
  const load = await loadSharp();
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new BadImageError(`cannot be read: ${(error as Error).message}`, { cause: error });
  }
  if (bytes.length === 0) throw new BadImageError('empty file (0 bytes)');
  // 'error' implies 'truncated'; mere warnings, such as bytes after the end, leave the pixels whole.
  const image = load(bytes, { failOn: 'error' });
  const { width = 0, height = 0, orientation = 1, hasAlpha } = await decode(() => image.metadata());
  if (Math.min(width, height) < minimumSide) {
    throw new BadImageError(`${width}×${height} pixels; both sides must be at least ${minimumSide}`);
  }
  // Each step costs a tenth of the time even where it has nothing to do.
  if (orientation !== 1) image.autoOrient();
  if (hasAlpha) image.flatten({ background: '#ffffff' });
  return image.toColourspace('srgb');
}

async function decode<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new BadImageError(explain((error as Error).message), { cause: error });
  }
}

function explain(message: string): string {
  if (/unsupported image format/i.test(message)) return 'not an image of a known format';
  const reason = message.split('\n')[0]!.trim();
  // Some decoders fail without a word.
  if (reason === '' || reason === 'Unknown error') return 'damaged or cut short';
  return /premature end|truncat|end of (file|stream)|unexpected end|read error/i.test(message)
    ? `cut short (${reason})`
    : `damaged (${reason})`;
}

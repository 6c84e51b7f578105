import { open, readFile, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import type sharp from 'sharp';
import type { CreateRaw, Metadata, Sharp } from 'sharp';
import { isOfRights, refusalOf } from '../read-problem.js';
import { BadImageError } from '../source.js';
import type { EncodedImage, NativeImage } from '../source.js';
import { withRoom } from './decode-room.js';
import { fileKind } from './file-kind.js';
import { tiffMeaning } from './tiff-meaning.js';
import { unreadCoding } from './unread/unread-coding.js';

/** Images with a side below this are taken for broken: thumbnails of nothing, tracking pixels. */
export const minimumSide = 8;

/** More pixels than this are refused (16,383²): what is squeezed to the input's size has no use for them. */
export const maximumPixels = 0x3fff * 0x3fff;

/** Changes when the same file would give other pixels. */
export const decodeVersion = 'lanczos3-fill-white-2';

export const imageExtensions: ReadonlySet<string> = new Set(
  ['jpg', 'jpeg', 'jpe', 'jfif', 'png', 'webp', 'gif', 'tif', 'tiff', 'avif'].map((name) => `.${name}`),
);

/** Files above this are read when their turn has come; of smaller ones as many are in the memory as are decoded. */
const largeFile = 8 * 1024 * 1024;

/** Images above this may need all of their pixels at once, whatever is done to them. */
export const largeImage = 16_000_000;

/** Pixels of a piece of an image that is too large to be in the memory as a whole. */
const stripPixels = 64_000_000;

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
 * @returns what was left out of it, in words
 */
export async function decodeImage(
  file: EncodedImage,
  size: number,
  out: Uint8Array,
): Promise<readonly string[]> {
  return withImage(file, largeImage, async (upright, found) => {
    out.set(await upright().resize(size, size, squeeze).raw().toBuffer());
    return remarksOn(found, out);
  });
}

/** Decodes a file without resizing, otherwise like `decodeImage`; `take` gets its pixels in pieces from the top. */
export async function decodeNative(
  file: EncodedImage,
  take: (pixels: Uint8Array) => void,
): Promise<NativeImage> {
  return withImage(file, 0, async (upright, { width, height, isTurned, isDeep, remarks }) => {
    let allDark = isDeep;
    const hand = (pixels: Uint8Array): void => {
      allDark &&= isDark(pixels);
      take(pixels);
    };
    const said = (): readonly string[] => (allDark ? [...remarks, dark] : remarks);
    if (isTurned || width * height <= stripPixels) {
      const { data, info } = await upright().raw().toBuffer({ resolveWithObject: true });
      hand(data);
      return { width: info.width, height: info.height, remarks: said() };
    }
    const rows = Math.max(1, Math.floor(stripPixels / width));
    for (let top = 0; top < height; top += rows) {
      const strip = { left: 0, top, width, height: Math.min(rows, height - top) };
      hand(await upright().extract(strip).raw().toBuffer());
    }
    return { width, height, remarks: said() };
  });
}

/**
 * Width and height of an image as it is decoded.
 * @throws BadImageError where the file is no image
 */
export async function uprightSize(file: string): Promise<{ width: number; height: number }> {
  const load = await loadSharp();
  refuseEmpty((await regularFile(file)).size);
  const { width, height, orientation } = await decode(
    () => load(file).metadata(),
    () => firstBytes(file),
    () => contentOf(file),
    file,
  );
  return isSidewaysBy(orientation) ? { width: height, height: width } : { width, height };
}

// --- internal ---

/** How images are resized on load; shrinking while decoding never goes below twice the size. */
export const squeeze = { fit: 'fill', kernel: 'lanczos3', fastShrinkOnLoad: false } as const;

/** What is known of an image before it is decoded. */
export interface Found {
  /** As they lie in the file. */
  readonly width: number;
  readonly height: number;
  readonly isJpeg: boolean;
  /** Width and height of the file are height and width of the upright image. */
  readonly isSideways: boolean;
  /** Rows of the file are no rows of the upright image. */
  readonly isTurned: boolean;
  /** 16 bits a sample. */
  readonly isDeep: boolean;
  readonly remarks: readonly string[];
}

/**
 * Hands `use` what makes the image, upright and in sRGB, as often as it asks.
 * @param weighed images of more pixels than this wait until there is room for them
 */
export async function withImage<T>(
  file: EncodedImage,
  weighed: number,
  use: (upright: () => Sharp, found: Found) => Promise<T>,
): Promise<T> {
  const load = await loadSharp();
  const size = typeof file === 'string' ? (await regularFile(file)).size : file.length;
  refuseEmpty(size);
  const whole = (): Promise<Buffer> => contentOf(file);
  const path = typeof file === 'string' ? file : undefined;
  let bytes = typeof file === 'string' && size > largeFile ? null : await whole();
  // 'error' implies 'truncated'; mere warnings, such as bytes after the end, leave the pixels whole. The number of
  // pixels is looked at below.
  const options = { failOn: 'error', limitInputPixels: false } as const;
  const meta = await decode(
    () => load(bytes ?? file, options).metadata(),
    async () => bytes ?? firstBytes(file as string),
    async () => bytes ?? whole(),
    path,
  );
  const { width, height, format, channels, depth, hasAlpha } = meta;
  const pixels = checkedPixels(meta);
  const isTurned = (meta.orientation ?? 1) !== 1;
  const raw = pixels * Math.max(3, channels) * (depth === 'uchar' ? 1 : 2);
  return withRoom(pixels > weighed ? raw + size : 0, async () => {
    const content = (bytes ??= await whole());
    const remarks: string[] = [];
    const tiff = format === 'tiff' ? tiffMeaning(content, remarks) : null;
    if ((meta.pages ?? 1) > 1) remarks.push('the first of several frames or pages is taken');
    const isDeep = depth === 'ushort' && ['tiff', 'png'].includes(format);
    // Each step costs a tenth of the time even where it has nothing to do.
    const turned = (): Sharp => (isTurned ? load(content, options).autoOrient() : load(content, options));
    const upright = (): Sharp => {
      const image = turned();
      if (tiff === null ? hasAlpha : tiff === 'alpha') image.flatten({ background: '#ffffff' });
      return image.toColourspace('srgb');
    };
    return decode(
      async () => {
        const isJpeg = format === 'jpeg';
        const isSideways = isSidewaysBy(meta.orientation);
        const found: Found = { width, height, isJpeg, isSideways, isTurned, isDeep, remarks };
        if (tiff !== 'more') return use(upright, found);
        const colours = await coloursAlone(turned());
        const again = (): Sharp => load(colours.pixels, { raw: colours.info, limitInputPixels: false });
        return use(again, { ...found, isTurned: true });
      },
      async () => content,
      async () => content,
      path,
    );
  });
}

/** The first three bands as pixels: left in, sharp would take a fourth for transparency. */
async function coloursAlone(image: Sharp): Promise<{ pixels: Buffer; info: CreateRaw }> {
  const { data, info } = await image.toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) data.copy(pixels, i * 3, i * channels, i * channels + 3);
  return { pixels, info: { width, height, channels: 3 } };
}

const dark =
  'no 16-bit value is above 4,095, so that it is nearly black: data of 12 bits must be scaled to 65,535';

/** What to say of an image that was decoded to these pixels. */
export function remarksOn({ isDeep, remarks }: Found, pixels: Uint8Array): readonly string[] {
  return isDeep && isDark(pixels) ? [...remarks, dark] : remarks;
}

/** Whether no byte says more than the lower twelve of sixteen bits. */
function isDark(pixels: Uint8Array): boolean {
  return pixels.every((value) => value < 16);
}

function checkedPixels({ width, height }: Metadata): number {
  if (Math.min(width, height) < minimumSide) {
    throw new BadImageError(`${width}×${height} pixels; both sides must be at least ${minimumSide}`);
  }
  if (width * height > maximumPixels) {
    const millions = (pixels: number): string => `${Math.floor(pixels / 1e6)} million`;
    throw new BadImageError(
      `too large: ${width}×${height} are ${millions(width * height)} pixels, and at most ${millions(maximumPixels)} are read; ` +
        'make it smaller: vipsthumbnail IN --size 4096 -o OUT.jpg, or cut it into pieces',
    );
  }
  return width * height;
}

function refuseEmpty(size: number): void {
  if (size === 0) throw new BadImageError('empty file (0 bytes)');
}

/** Whether rows of the file are columns of the upright image, by its EXIF orientation. */
function isSidewaysBy(orientation = 1): boolean {
  return orientation >= 5;
}

/** A regular file that holds something; anything else is never opened: a pipe would not answer, a device not end. */
async function regularFile(file: string): Promise<Stats> {
  const stats = await reading(stat(file));
  if (!stats.isFile()) {
    const what = stats.isDirectory() ? 'a folder' : stats.isFIFO() ? 'a pipe' : 'a socket or a device';
    throw new BadImageError(`${what}, not a file`);
  }
  return stats;
}

async function contentOf(file: EncodedImage): Promise<Buffer> {
  if (typeof file === 'string') return reading(readFile(file));
  return Buffer.from(file.buffer, file.byteOffset, file.length);
}

async function reading<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const refusal = refusalOf(error);
    // Too many open files, a broken disk: that is not of this image.
    if (refusal === undefined) throw error;
    throw new BadImageError(`cannot be read: ${refusal}`, { cause: error, passing: isOfRights(error) });
  }
}

async function firstBytes(file: string): Promise<Buffer> {
  const handle = await reading(open(file, 'r'));
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function decode<T>(
  work: () => Promise<T>,
  start: () => Promise<Buffer>,
  whole: () => Promise<Buffer>,
  path: string | undefined,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { message } = error as Error;
    const why =
      fileKind(await start(), path) ?? (await unreadCoding(message, whole, path)) ?? explain(message);
    throw new BadImageError(why, { cause: error });
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

import type { Fit } from './fit.js';

/** One image cannot be used; `message` says why in a few words. */
export class BadImageError extends Error {
  override readonly name = 'BadImageError';
  /** It says nothing of the image itself: another time, or another user, may read it. */
  readonly passing: boolean;

  constructor(message: string, { passing = false, ...options }: ErrorOptions & { passing?: boolean } = {}) {
    super(message, options);
    this.passing = passing;
  }
}

/** The path of an image, or the bytes that its file would have. */
export type EncodedImage = string | Uint8Array;

/** An image in its own size. */
export interface NativeImage {
  readonly width: number;
  readonly height: number;
  /** What was left out of it. */
  readonly remarks: readonly string[];
}

/** Where the encoded bytes of an image lie. */
export interface ImagePlace {
  /** The file that holds it. */
  readonly path: string;
  /** Its stretch of the file, in bytes; null where it is the whole file. */
  readonly stretch: { readonly offset: number; readonly length: number } | null;
  /** What `fileState` said of the file when it was listed: never equal for different content. */
  readonly state: string;
}

/** The folder, file or program behind one split, before hold-out and limits. */
export interface SourcePart {
  readonly count: number;
  readonly labels: Uint16Array;
  /** Name of an image for messages: a path, or `data_batch_1.bin#17`. */
  name(index: number): string;
  /** What image `index` is made of, never equal for different content: part of the key of the cached pixels. */
  stamp(index: number): string;
  /**
   * Writes the size·size·3 RGB bytes of an image; throws `BadImageError` where it cannot be used. `remark` hears what
   * was left out of it.
   */
  read(index: number, size: number, out: Uint8Array, remark?: (text: string) => void): void | Promise<void>;
  /** Hands the RGB bytes of an image in its own size to `take`, in pieces from the top; left out where it has none. */
  native?(index: number, take: (pixels: Uint8Array) => void): NativeImage | Promise<NativeImage>;
  /**
   * Writes the size·size labels of the mask of an image, fitted as the image is (nearest pixels; what is no part of the
   * image is `IGNORED`); left out where images have no masks. Throws `BadImageError` where it cannot be used.
   */
  mask?(index: number, size: number, fit: Fit, out: Uint8Array): void | Promise<void>;
  /**
   * The path of the image's own file, or the bytes that it would have; left out where images are drawn or lie unpacked.
   * Throws `BadImageError` where it cannot be read.
   */
  encoded?(index: number): EncodedImage | Promise<EncodedImage>;
  /**
   * Where its encoded bytes lie, so that other threads read them by themselves whenever they are needed; left out where
   * they lie nowhere as they are: such images are all decoded once, into the cache.
   */
  place?(index: number): ImagePlace;
}

/** A data set that was found and listed; nothing is decoded yet. */
export interface DataSource {
  readonly classes: readonly string[];
  readonly notes: readonly string[];
  /** Changes whenever the same stamps would give other pixels. */
  readonly version: string;
  readonly train: SourcePart;
  readonly test: SourcePart;
  /** Only where the set brings a validation split of its own. */
  readonly validation?: SourcePart;
}

/** Whether each pixel of its images has a label: `labels` are only what splits are drawn evenly over, then. */
export function hasMasks({ train }: Pick<DataSource, 'train'>): boolean {
  return train.mask !== undefined;
}

/** Order by code point, the same on every machine and locale. */
export function byCodePoint(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

// --- internal ---

/** Surrogates stand for code points above all that a single unit is. */
function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

import { closeSync, openSync, readSync } from 'node:fs';
import { runFailed } from '../../util/errors.js';
import type { Box } from '../resize.js';

export type SplitName = 'train' | 'validation' | 'test';

/** The images of one split as uint8 pixels; nothing is augmented or normalised yet. */
export interface ImageSet {
  readonly split: SplitName;
  readonly count: number;
  /** Height and width. */
  readonly size: number;
  readonly labels: Uint16Array;
  /** Of a set whose images have masks: writes the size·size labels of image `index` to `out` at `offset`. */
  readMask?(index: number, out: Uint8Array, offset: number): void;
  /** Copies the uint8 RGB pixels (size·size·3, NHWC) of image `index` into `out` at `offset`. */
  read(index: number, out: Uint8Array, offset: number): void;
  /** Of a set whose images are decoded when they are needed; such images are not there for `read`. */
  readonly decoding?: Decoding;
}

/** The box of an image that is cut out of it, for its width and height. */
export type Cut = (width: number, height: number) => Box;

/** Images that are decoded when they are needed. */
export interface Decoding {
  /** Whether training cuts its crops out of the images as they are stored: `cut` is given then. */
  readonly cropsOriginals: boolean;
  /**
   * Writes the size·size·3 pixels of image `index` to `out`: all of it as the set fits it, or what is cut out.
   * @throws InvolveError (exit code 2) where the image is not what it was, or cannot be read any more
   */
  fetch(index: number, out: Uint8Array, cut: Cut | null): Promise<void>;
}

/** All that another thread needs to read the same images; survives a structured clone. */
export interface ImageSetPort {
  readonly split: SplitName;
  readonly size: number;
  readonly labels: Uint16Array;
  /** File of uint8 images, one after the other; each with its mask behind it, where there are masks. */
  readonly file: string;
  readonly masks?: boolean;
  /** Position in the file, in images, of each image of the set. */
  readonly positions: Uint32Array;
}

/** Bytes of an image in a file of pixels: red, green and blue of each pixel, then a label of each where there are masks. */
export function bytesOfImage(size: number, masks: boolean): number {
  return size * size * (masks ? 4 : 3);
}

/**
 * Images in a file of pixels, read by position. The operating system's page cache is the memory: it is shared
 * by the worker thread and by every run of a sweep, and a set larger than the memory just reads the disk.
 */
export class FileImageSet implements ImageSet {
  readonly split: SplitName;
  readonly count: number;
  readonly size: number;
  readonly labels: Uint16Array;
  readonly readMask?: (index: number, out: Uint8Array, offset: number) => void;
  readonly #file: string;
  readonly #masks: boolean;
  readonly #positions: Uint32Array;
  #descriptor: number | null = null;

  constructor(port: ImageSetPort) {
    this.split = port.split;
    this.count = port.positions.length;
    this.size = port.size;
    this.labels = port.labels;
    this.#file = port.file;
    this.#positions = port.positions;
    this.#masks = port.masks ?? false;
    if (!this.#masks) return;
    const pixels = this.size * this.size;
    this.readMask = (index, out, offset) => this.#read(index, out, offset, 3 * pixels, pixels);
  }

  read(index: number, out: Uint8Array, offset: number): void {
    this.#read(index, out, offset, 0, this.size * this.size * 3);
  }

  /** Reads `bytes` of an image, from its byte `from` on. */
  #read(index: number, out: Uint8Array, offset: number, from: number, bytes: number): void {
    if (!(index >= 0 && index < this.count)) {
      throw new RangeError(`Expected an image index from 0 to ${this.count - 1} but got ${index}`);
    }
    let got = 0;
    try {
      this.#descriptor ??= openSync(this.#file, 'r');
      const start = this.#positions[index]! * bytesOfImage(this.size, this.#masks) + from;
      while (got < bytes) {
        const more = readSync(this.#descriptor, out, offset + got, bytes - got, start + got);
        if (more === 0) break;
        got += more;
      }
    } catch (error) {
      throw unreadable(this.#file, (error as Error).message, error);
    }
    if (got < bytes) throw unreadable(this.#file, `it ends before image ${this.#positions[index]!}`);
  }

  /** What another thread needs to open the same images. */
  port(): ImageSetPort {
    return {
      split: this.split,
      size: this.size,
      labels: this.labels,
      file: this.#file,
      masks: this.#masks,
      positions: this.#positions,
    };
  }

  close(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
  }
}

function unreadable(file: string, why: string, cause?: unknown): Error {
  return runFailed(
    'E_DATA_READ',
    {
      what: `the cached pixels cannot be read: ${why}`,
      where: file,
      try: 'run again; a damaged or deleted cache is rebuilt',
    },
    { cause },
  );
}

import { badInput } from '../../util/errors.js';
import type { Fit } from '../fit.js';
import { decodeCrop, decodeFitted } from '../formats/decode-fitted.js';
import { storedAt } from '../formats/stored-at.js';
import { BadImageError, type ImagePlace } from '../source.js';
import { FileImageSet, type Cut, type Decoding, type ImageSet, type SplitName } from './image-set.js';
import { isUnchanged, placeIn, type PlaceTablePort } from './place-table.js';

/** All that another thread needs to decode the same images; survives a structured clone. */
export interface DecodedSetPort {
  readonly split: SplitName;
  readonly size: number;
  readonly labels: Uint16Array;
  readonly fit: Fit;
  /** Training cuts its crops out of the images as they are stored. */
  readonly cropsOriginals: boolean;
  readonly places: PlaceTablePort;
  /** Those that are in the cache all the same: a file of pixels, and the place of each image there, or −1. */
  readonly stored: { readonly file: string; readonly positions: Int32Array };
}

/**
 * Images that are decoded whenever they are needed, out of files which are looked at each time: one that was changed
 * since the set was opened is refused.
 */
export class DecodedImageSet implements ImageSet, Decoding {
  readonly split: SplitName;
  readonly count: number;
  readonly size: number;
  readonly labels: Uint16Array;
  readonly cropsOriginals: boolean;
  readonly #port: DecodedSetPort;
  readonly #stored: FileImageSet;

  constructor(port: DecodedSetPort) {
    this.#port = port;
    this.split = port.split;
    this.size = port.size;
    this.labels = port.labels;
    this.count = port.labels.length;
    this.cropsOriginals = port.cropsOriginals;
    const { split, size, labels, stored } = port;
    this.#stored = new FileImageSet({
      split,
      size,
      labels,
      file: stored.file,
      positions: Uint32Array.from(stored.positions, (position) => Math.max(0, position)),
    });
  }

  get decoding(): Decoding {
    return this;
  }

  read(): never {
    throw new Error('Images of this set are decoded: expected a call of fetch');
  }

  async fetch(index: number, out: Uint8Array, cut: Cut | null): Promise<void> {
    if (!(index >= 0 && index < this.count)) {
      throw new RangeError(`Expected an image index from 0 to ${this.count - 1} but got ${index}`);
    }
    const { places, fit, size, stored } = this.#port;
    if (cut === null && stored.positions[index]! >= 0) {
      this.#stored.read(index, out, 0);
      return;
    }
    const place = placeIn(places, index);
    let failure: unknown;
    try {
      const image = await storedAt(place);
      if (cut === null) await decodeFitted(image, fit, size, out);
      else await decodeCrop(image, cut, size, out);
    } catch (error) {
      failure = error;
    }
    // Asked afterwards: what was read while it was being written is told by the time of its last change.
    if (!isUnchanged(places, index)) throw changed(place, failure);
    if (failure instanceof BadImageError) throw unusable(place.path, failure);
    if (failure !== undefined) throw failure;
  }

  port(): DecodedSetPort {
    return this.#port;
  }

  close(): void {
    this.#stored.close();
  }
}

// --- internal ---

function changed({ path, stretch }: Pick<ImagePlace, 'path' | 'stretch'>, cause: unknown): Error {
  const it = stretch === null ? 'image' : 'file that holds an image';
  const problem = {
    what: `the ${it} was changed or removed since the images were looked at, when the run began`,
    where: path,
    try: 'put it back as it was and go on with --resume, or start a new run with --out',
  };
  return badInput('E_DATA_CHANGED', problem, { cause });
}

function unusable(where: string, error: BadImageError): Error {
  const problem = {
    what: `the image could be read when the run began, and now it cannot: ${error.message}`,
    where,
    try: 'is its disk sound, and may this user still read it? Then go on with --resume',
  };
  return badInput('E_DATA_IMAGES', problem, { cause: error });
}

import type { EncodedImage, SourcePart } from '../source.js';
import { decodeImage, decodeNative } from './decode-image.js';

/** Images as their files have them, wherever these lie. */
export interface EncodedImages {
  readonly labels: Uint16Array;
  readonly name: SourcePart['name'];
  readonly stamp: SourcePart['stamp'];
  /** The path of an image's file, or what would be in it; throws `BadImageError` where it cannot be read. */
  encoded(index: number): EncodedImage | Promise<EncodedImage>;
  /** Where that lies, if it lies anywhere as it is. */
  readonly place?: SourcePart['place'];
}

/** A part of a data set out of them. */
export function encodedPart(images: EncodedImages): SourcePart {
  const { labels, place } = images;
  return {
    count: labels.length,
    labels,
    name: (index) => images.name(index),
    stamp: (index) => images.stamp(index),
    encoded: (index) => images.encoded(index),
    ...(place === undefined ? {} : { place }),
    async read(index, size, out, remark) {
      for (const text of await decodeImage(await images.encoded(index), size, out)) remark?.(text);
    },
    native: async (index, take) => decodeNative(await images.encoded(index), take),
  };
}

import { resize } from '../resize.js';
import type { SourcePart } from '../source.js';

/** Images that lie unpacked in a file, all of one size. */
export interface FixedSizeImages {
  readonly width: number;
  readonly height: number;
  readonly labels: Uint16Array;
  readonly name: SourcePart['name'];
  readonly stamp: SourcePart['stamp'];
  /** Writes the RGB bytes (height, width, 3) of an image. */
  unpack(index: number, out: Uint8Array): void;
}

/** A part of a data set out of them; other sizes by a triangle filter (bilinear; antialiased when shrinking). */
export function fixedSizePart(images: FixedSizeImages): SourcePart {
  const { width, height, labels } = images;
  const rgb = new Uint8Array(3 * width * height);
  const whole = { left: 0, top: 0, width, height };
  return {
    count: labels.length,
    labels,
    name: (index) => images.name(index),
    stamp: (index) => images.stamp(index),
    read(index, size, out) {
      const asItIs = size === width && size === height;
      images.unpack(index, asItIs ? out : rgb);
      if (!asItIs) resize(rgb, { width, height }, whole, out, size);
    },
    native(index, take) {
      images.unpack(index, rgb);
      take(rgb);
      return { width, height, remarks: [] };
    },
  };
}

import type { Box } from '../resize.js';
import { IGNORED } from '../target.js';
import type { Affine } from '../augment/affine-map.js';
import type { Shift } from '../augment/shift-crop.js';

/** The mask of an image while both are augmented: a label a pixel, which is never mixed with another. */
export class MaskPlane {
  /** size·size labels. */
  labels: Uint8Array;
  /** As many, of no meaning. */
  spare: Uint8Array;

  constructor(readonly size: number) {
    this.labels = new Uint8Array(size * size);
    this.spare = new Uint8Array(size * size);
  }

  /** Mirrors it left and right, as `flip` does the image. */
  flip(): void {
    for (let y = 0; y < this.size; y++) this.labels.subarray(y * this.size, (y + 1) * this.size).reverse();
  }

  /** A box of it in the whole size, as `randomResizedCrop` has the image. */
  crop(box: Box): void {
    resizeNearest(this.labels, this.size, box, this.spare, this.size);
    this.#swap();
  }

  /** Moves it as `shiftCrop` moves the image; what comes in from outside counts for nothing, mirrored or not. */
  shift({ dx, dy }: Shift): void {
    this.transform([1, 0, -dx, 0, 1, -dy]);
  }

  /** Draws it anew through an affine map, by the nearest pixel. */
  transform([a, b, c, d, e, f]: Affine): void {
    const { labels, spare, size } = this;
    for (let y = 0, o = 0; y < size; y++) {
      for (let x = 0; x < size; x++, o++) {
        const column = Math.floor(a * (x + 0.5) + b * (y + 0.5) + c);
        const row = Math.floor(d * (x + 0.5) + e * (y + 0.5) + f);
        const isInside = column >= 0 && column < size && row >= 0 && row < size;
        spare[o] = isInside ? labels[row * size + column]! : IGNORED;
      }
    }
    this.#swap();
  }

  #swap(): void {
    [this.labels, this.spare] = [this.spare, this.labels];
  }
}

/**
 * A box of a mask that is `width` wide, in another size: of each place the pixel that its centre lies in.
 * `from` and `to` must not overlap.
 */
export function resizeNearest(
  from: Uint8Array,
  width: number,
  { left, top, width: across, height: down }: Box,
  to: Uint8Array,
  size: number,
): void {
  for (let y = 0; y < size; y++) {
    const row = Math.floor(top + ((y + 0.5) * down) / size) * width;
    for (let x = 0; x < size; x++)
      to[y * size + x] = from[row + Math.floor(left + ((x + 0.5) * across) / size)]!;
  }
}

/** Lets a box of a mask count for nothing, as `erase` puts it out of sight in the image. */
export function eraseMask(labels: Uint8Array, size: number, { left, top, width, height }: Box): void {
  for (let y = top; y < top + height; y++) labels.fill(IGNORED, y * size + left, y * size + left + width);
}

import type { Mixing } from './draw-mixing.js';

/**
 * The images of a batch, each mixed with the one before it; the batch stays as it is.
 * @param images [count, size, size, 3]
 */
export function mixImages(
  images: Float32Array,
  count: number,
  size: number,
  mixing: Mixing,
): Float32Array<ArrayBuffer> {
  const length = size * size * 3;
  if (mixing.kind === 'mixup') return mixRows(images, count, length, mixing.share);
  const { left, top, width, height } = mixing.box;
  const mixed = Float32Array.from(images);
  for (let image = 0; image < count; image++) {
    for (let y = top; y < top + height; y++) {
      const at = (y * size + left) * 3;
      const from = before(image, count) * length + at;
      mixed.set(images.subarray(from, from + width * 3), image * length + at);
    }
  }
  return mixed;
}

/**
 * Rows of numbers, each blended with the one before it: the soft labels of a batch that was mixed.
 * @param rows [count, length]
 * @param share of the row itself, 0…1
 */
export function mixRows(
  rows: Float32Array,
  count: number,
  length: number,
  share: number,
): Float32Array<ArrayBuffer> {
  const mixed = new Float32Array(rows.length);
  for (let row = 0; row < count; row++) {
    let other = before(row, count) * length;
    for (let i = row * length, end = i + length; i < end; i++, other++) {
      mixed[i] = share * rows[i]! + (1 - share) * rows[other]!;
    }
  }
  return mixed;
}

// --- internal ---

/** Whom an image is mixed with. */
function before(image: number, count: number): number {
  return image === 0 ? count - 1 : image - 1;
}

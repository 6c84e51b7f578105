import { RandomStream } from '../../util/random.js';

/** Displacement of the image content in pixels; positive is right and down. */
export interface Shift {
  readonly dx: number;
  readonly dy: number;
}

/** Uniform over −limit … limit in both directions: padding by `limit` and cropping at random. */
export function drawShift(key: number, limit: number): Shift {
  const stream = new RandomStream(key, 'shift');
  return { dx: stream.integer(2 * limit + 1) - limit, dy: stream.integer(2 * limit + 1) - limit };
}

/**
 * Moves a size·size·3 image from `from` to `to`. What comes in from outside is black (pixel value 0 before
 * normalisation), as torchvision's `RandomCrop(size, padding)` and the CIFAR recipe have it.
 */
export function shiftCrop(from: Uint8Array, to: Uint8Array, size: number, { dx, dy }: Shift): void {
  const row = size * 3;
  to.fill(0, 0, size * row);
  const width = size - Math.abs(dx);
  if (width <= 0) return;
  const source = Math.max(0, -dx) * 3;
  const target = Math.max(0, dx) * 3;
  for (let y = Math.max(0, dy); y < Math.min(size, size + dy); y++) {
    const start = (y - dy) * row + source;
    to.set(from.subarray(start, start + width * 3), y * row + target);
  }
}

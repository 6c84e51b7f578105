import { RandomStream } from '../../util/random.js';
import type { AugmentConfig } from './options.js';

type PaddingMode = AugmentConfig['paddingMode'];

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
 * Moves a size·size·3 image from `from` to `to`. What comes in from outside is what `mode` says, in the words of
 * torchvision's `RandomCrop(size, padding)`: black (pixel value 0 before normalisation, as the CIFAR recipe has it),
 * the outermost pixel, or the image mirrored at its edge without (reflect) or with (symmetric) the outermost pixel.
 */
export function shiftCrop<Pixels extends Uint8Array | Float32Array>(
  from: Pixels,
  to: Pixels,
  size: number,
  { dx, dy }: Shift,
  mode: PaddingMode = 'constant',
): void {
  const row = size * 3;
  if (mode === 'constant') to.fill(0, 0, size * row);
  const width = size - Math.abs(dx);
  if (width <= 0) return;
  const source = Math.max(0, -dx) * 3;
  const target = Math.max(0, dx) * 3;
  // Columns that come in: left of a shift to the right, and right of one to the left.
  const [first, last] = dx > 0 ? [0, dx] : [size + dx, size];
  for (let y = 0; y < size; y++) {
    const line = mode === 'constant' ? y - dy : inside(y - dy, size, mode);
    if (line < 0 || line >= size) continue;
    const start = line * row;
    to.set(from.subarray(start + source, start + source + width * 3), y * row + target);
    if (mode === 'constant') continue;
    for (let x = first; x < last; x++) {
      const at = start + inside(x - dx, size, mode) * 3;
      to.set(from.subarray(at, at + 3), y * row + x * 3);
    }
  }
}

// --- internal ---

/** The pixel of 0 … size − 1 that stands at a place less than `size` outside. */
function inside(place: number, size: number, mode: Exclude<PaddingMode, 'constant'>): number {
  const last = size - 1;
  if (place >= 0 && place <= last) return place;
  if (mode === 'edge') return place < 0 ? 0 : last;
  const edge = mode === 'reflect' ? 0 : 1;
  return place < 0 ? -place - edge : 2 * last - place + edge;
}

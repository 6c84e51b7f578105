import { resizeNearest } from './mask-plane.js';
import { centreBox, fittedSize, type Fit } from '../fit.js';
import { IGNORED } from '../target.js';

/** A mask in its own size: width·height labels. */
export interface NativeMask {
  readonly width: number;
  readonly height: number;
  readonly labels: Uint8Array;
}

/**
 * Writes the size·size labels of a mask, in the square that its image becomes by the same fit: squeezed, the centre of
 * it, or between bars, which count for nothing.
 */
export function fitMask(mask: NativeMask, fit: Fit, size: number, out: Uint8Array): void {
  const { width, height, labels } = mask;
  const whole = { left: 0, top: 0, width, height };
  if (fit.kind === 'squeeze') return resizeNearest(labels, width, whole, out, size);
  const fitted = fittedSize(mask, fit, size);
  const square = placeOf(fitted, fit, size);
  for (let y = 0; y < size; y++) {
    const row = Math.floor(((square.top + y + 0.5) * height) / fitted.height);
    for (let x = 0; x < size; x++) {
      const column = Math.floor(((square.left + x + 0.5) * width) / fitted.width);
      const isInside = column >= 0 && column < width && row >= 0 && row < height;
      out[y * size + x] = isInside ? labels[row * width + column]! : IGNORED;
    }
  }
}

/**
 * The other way: the labels of a square, for each pixel of the image that it was made of by that fit. What lies outside
 * of the square counts for nothing.
 */
export function unfitMask(
  labels: Uint8Array,
  fit: Fit,
  size: number,
  { width, height }: Pick<NativeMask, 'width' | 'height'>,
): Uint8Array {
  const fitted = fittedSize({ width, height }, fit, size);
  const { left, top } = placeOf(fitted, fit, size);
  const out = new Uint8Array(width * height).fill(IGNORED);
  for (let y = 0, p = 0; y < height; y++) {
    const row = Math.floor(((y + 0.5) * fitted.height) / height) - top;
    for (let x = 0; x < width; x++, p++) {
      const column = Math.floor(((x + 0.5) * fitted.width) / width) - left;
      if (row >= 0 && row < size && column >= 0 && column < size) out[p] = labels[row * size + column]!;
    }
  }
  return out;
}

// --- internal ---

/** Where the square begins in the resized image: in the middle of it (crop), or around it (pad). */
function placeOf(
  fitted: { readonly width: number; readonly height: number },
  fit: Fit,
  size: number,
): { readonly left: number; readonly top: number } {
  if (fit.kind === 'squeeze') return { left: 0, top: 0 };
  if (fit.kind === 'crop') return centreBox(fitted, size);
  return { left: -((size - fitted.width) >> 1), top: -((size - fitted.height) >> 1) };
}

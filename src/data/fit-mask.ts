import { resizeNearest } from './augment/mask.js';
import { centreBox, fittedSize, type Fit } from './fit.js';
import { IGNORED } from './target.js';

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
  // The square lies in the middle of the resized image (crop), or the resized image in the middle of the square (pad).
  const square =
    fit.kind === 'crop'
      ? centreBox(fitted, size)
      : { left: -((size - fitted.width) >> 1), top: -((size - fitted.height) >> 1) };
  for (let y = 0; y < size; y++) {
    const row = Math.floor(((square.top + y + 0.5) * height) / fitted.height);
    for (let x = 0; x < size; x++) {
      const column = Math.floor(((square.left + x + 0.5) * width) / fitted.width);
      const isInside = column >= 0 && column < width && row >= 0 && row < height;
      out[y * size + x] = isInside ? labels[row * width + column]! : IGNORED;
    }
  }
}

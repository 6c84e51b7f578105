import { mirrorPad, type Tensor4D } from '../../engine/tf.js';

/** The largest odd window that reflection allows on an axis of `length` places. */
export function largestReflected(length: number): number {
  return 2 * length - 1;
}

/**
 * The map with its own places mirrored about the border, the edge not repeated, as far as a window reaches beyond:
 * [B,H,W,C] → [B,H+K−1,W+K−1,C]. It needs ⌊K/2⌋ ≤ H − 1, W − 1.
 */
export function reflected(x: Tensor4D, kernelSize: number): Tensor4D {
  if (kernelSize === 1) return x;
  const reach = (kernelSize - 1) / 2;
  return mirrorPad(
    x,
    [0, reach, reach, 0].map((places) => [places, places]),
    'reflect',
  );
}

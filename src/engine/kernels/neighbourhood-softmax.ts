import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { InvolutionAttrs } from './involution.js';

export interface NeighbourhoodSoftmaxAttrs extends Omit<InvolutionAttrs, 'padding'> {
  readonly mask: boolean;
  /** Of the map of keys. */
  readonly height: number;
  readonly width: number;
}

/**
 * Softmax over the K² taps of each group, where `mask` over those alone that lie inside of the map of keys; taps
 * outside get weight 0. What stands between the product of queries and keys and the sum of the values in local
 * attention.
 *
 * `logits` [B,OH,OW,G·K·K], laid out as involution takes its kernel → like it. With `mask` K is odd and the map of
 * keys is `height`×`width`, seen with `stride` and `dilation` as involution sees x.
 */
export const NeighbourhoodSoftmax = defineKernel({
  name: 'NeighbourhoodSoftmax',
  inputs: { logits: float32(4) },
  attributes: attributes<NeighbourhoodSoftmaxAttrs>(),
  outputs: { y: ({ logits }) => logits },
  gradient: {
    keeps: ['y'],
    // A tap outside of the map has weight 0, so its gradient is 0 without looking where the map ends.
    of: (dy, { y }, attrs) => ({ logits: () => callKernel(NeighbourhoodSoftmaxGrad, { dy, y }, attrs) }),
  },
  // Sums in float64.
  reference: ({ shapes, values: { logits }, attrs }) => {
    const { kernelSize, groups } = attrs;
    const [, outHeight, outWidth] = shapes.logits;
    const taps = kernelSize ** 2;
    const y = new Float32Array(logits.length);
    for (let row = 0; row < logits.length / taps; row++) {
      const place = Math.floor(row / groups);
      const [i, j] = [Math.floor(place / outWidth) % outHeight, place % outWidth];
      let highest = -Infinity;
      let sum = 0;
      forEachSeen(attrs, i, j, (tap) => {
        highest = Math.max(highest, logits[row * taps + tap]);
      });
      forEachSeen(attrs, i, j, (tap) => {
        sum += Math.exp(logits[row * taps + tap] - highest);
      });
      forEachSeen(attrs, i, j, (tap) => {
        y[row * taps + tap] = Math.exp(logits[row * taps + tap] - highest) / sum;
      });
    }
    return y;
  },
  tolerance: 2e-6,
});

/** `dy`, and `y` as put out by NeighbourhoodSoftmax → dx = y·(dy − Σ y·dy), the sum over a group's taps. */
export const NeighbourhoodSoftmaxGrad = defineKernel({
  name: 'NeighbourhoodSoftmaxGrad',
  inputs: { dy: float32(4), y: float32(4) },
  attributes: attributes<NeighbourhoodSoftmaxAttrs>(),
  outputs: { dx: ({ y }) => y },
  reference: ({ values: { dy, y }, attrs }) => {
    const taps = attrs.kernelSize ** 2;
    const dx = new Float32Array(y.length);
    for (let start = 0; start < y.length; start += taps) {
      let dot = 0;
      for (let i = start; i < start + taps; i++) dot += y[i] * dy[i];
      for (let i = start; i < start + taps; i++) dx[i] = y[i] * (dy[i] - dot);
    }
    return dx;
  },
  tolerance: 2e-6,
});

// --- internal ---

/** Calls `visit` for every tap that takes part at the place (i, j) of the output. */
function forEachSeen(
  { kernelSize, stride, dilation, mask, height, width }: NeighbourhoodSoftmaxAttrs,
  i: number,
  j: number,
  visit: (tap: number) => void,
): void {
  const padding = (dilation * (kernelSize - 1)) / 2;
  for (let tap = 0; tap < kernelSize ** 2; tap++) {
    const y = i * stride + Math.floor(tap / kernelSize) * dilation - padding;
    const x = j * stride + (tap % kernelSize) * dilation - padding;
    if (!mask || (y >= 0 && y < height && x >= 0 && x < width)) visit(tap);
  }
}

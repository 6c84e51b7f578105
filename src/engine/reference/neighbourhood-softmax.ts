import {
  NeighbourhoodSoftmax,
  NeighbourhoodSoftmaxGrad,
  type InvolutionAttrs,
  type NeighbourhoodSoftmaxAttrs,
} from '../kernels.js';
import { plainKernel } from './plain-kernel.js';

/** Softmax over the taps of each group and its gradient, by the definition; sums in float64. */
export const neighbourhoodSoftmaxKernels = [
  plainKernel<NeighbourhoodSoftmaxAttrs>(NeighbourhoodSoftmax, ({ inputs, attrs, values, output }) => {
    const logits = values('logits');
    const { kernelSize, groups } = attrs;
    const [, outHeight, outWidth] = inputs.logits.shape;
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
    return output(inputs.logits.shape, y);
  }),

  plainKernel<InvolutionAttrs>(NeighbourhoodSoftmaxGrad, ({ inputs, attrs, values, output }) => {
    const dy = values('dy');
    const y = values('y');
    const taps = attrs.kernelSize ** 2;
    const dx = new Float32Array(y.length);
    for (let start = 0; start < y.length; start += taps) {
      let dot = 0;
      for (let i = start; i < start + taps; i++) dot += y[i] * dy[i];
      for (let i = start; i < start + taps; i++) dx[i] = y[i] * (dy[i] - dot);
    }
    return output(inputs.y.shape, dx);
  }),
];

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

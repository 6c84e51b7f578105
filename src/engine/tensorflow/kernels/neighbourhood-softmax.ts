import {
  NeighbourhoodSoftmax,
  NeighbourhoodSoftmaxGrad,
  type NeighbourhoodSoftmaxAttrs,
} from '../../kernels/neighbourhood-softmax.js';
import * as tf from '../../tf-core.js';
import { tensorflowKernel } from './kernel.js';
import { rowShares, rowSharesGrad } from './parts/softmax.js';
import { add, reshape } from './stock.js';

export const neighbourhoodSoftmax = tensorflowKernel(NeighbourhoodSoftmax, ({ logits }, attrs, options) => {
  const { groups, mask, kernelSize } = attrs;
  const [batch, outHeight, outWidth] = logits.shape;
  const taps = kernelSize ** 2;
  let seen = reshape(logits, [batch, outHeight * outWidth, groups, taps]);
  if (mask) seen = add(seen, outside(outHeight, outWidth, attrs));
  return reshape(rowShares(seen, options), logits.shape);
});

export const neighbourhoodSoftmaxGrad = tensorflowKernel(
  NeighbourhoodSoftmaxGrad,
  ({ dy, y }, { kernelSize }) => {
    const rows = [tf.util.sizeFromShape(y.shape) / kernelSize ** 2, kernelSize ** 2];
    return reshape(rowSharesGrad(reshape(dy, rows), reshape(y, rows)), y.shape);
  },
);

// --- internal ---

/** −∞ for each tap of each place that lies outside of the map, else 0: [1,OH·OW,1,K²]. */
function outside(outHeight: number, outWidth: number, attrs: NeighbourhoodSoftmaxAttrs): tf.Tensor {
  const { kernelSize, height, width } = attrs;
  const rows = tf.tensor(beyond(outHeight, height, attrs), [outHeight, 1, kernelSize, 1]);
  const columns = tf.tensor(beyond(outWidth, width, attrs), [1, outWidth, 1, kernelSize]);
  return reshape(add(rows, columns), [1, outHeight * outWidth, 1, kernelSize ** 2]);
}

/** Along one axis: for each output and each tap. */
function beyond(
  outputs: number,
  length: number,
  { kernelSize, stride, dilation }: NeighbourhoodSoftmaxAttrs,
): Float32Array {
  const before = (dilation * (kernelSize - 1)) / 2;
  return Float32Array.from({ length: outputs * kernelSize }, (_, i) => {
    const place = Math.floor(i / kernelSize) * stride + (i % kernelSize) * dilation - before;
    return place >= 0 && place < length ? 0 : -Infinity;
  });
}

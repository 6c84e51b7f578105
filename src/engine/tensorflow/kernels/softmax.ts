import * as tf from '../../tf-core.js';
import {
  NeighbourhoodSoftmax,
  NeighbourhoodSoftmaxGrad,
  SoftmaxGrad,
  type NeighbourhoodSoftmaxAttrs,
} from '../../kernels.js';
import { kernel, type KernelOptions, type TensorflowKernel } from './kernel.js';
import { oneDnnSoftmax } from './one-dnn.js';
import { add, mul, reshape, softmax, sub, sum } from './stock.js';

/** Softmax over the last axis or the taps of a neighbourhood, and the gradients. */
export const softmaxKernels = ({ oneDnn }: KernelOptions): TensorflowKernel[] => [
  kernel<{ logits: tf.TensorInfo }>(tf.Softmax, ({ logits }) => rowShares(logits, oneDnn)),

  kernel<{ dy: tf.TensorInfo; y: tf.TensorInfo }>(SoftmaxGrad, ({ dy, y }) => softmaxGrad(dy, y)),

  kernel<{ logits: tf.TensorInfo }, NeighbourhoodSoftmaxAttrs>(NeighbourhoodSoftmax, ({ logits }, attrs) => {
    const { groups, mask, kernelSize } = attrs;
    const [batch, outHeight, outWidth] = logits.shape;
    const taps = kernelSize ** 2;
    let seen = reshape(logits, [batch, outHeight * outWidth, groups, taps]);
    if (mask) seen = add(seen, outside(outHeight, outWidth, attrs));
    return reshape(rowShares(seen, oneDnn), logits.shape);
  }),

  kernel<{ dy: tf.TensorInfo; y: tf.TensorInfo }, NeighbourhoodSoftmaxAttrs>(
    NeighbourhoodSoftmaxGrad,
    ({ dy, y }, { kernelSize }) => {
      const rows = [tf.util.sizeFromShape(y.shape) / kernelSize ** 2, kernelSize ** 2];
      return reshape(softmaxGrad(reshape(dy, rows), reshape(y, rows)), y.shape);
    },
  ),
];

// --- internal ---

function rowShares(logits: tf.TensorInfo, oneDnn = false): tf.Tensor {
  return oneDnn ? oneDnnSoftmax(logits) : softmax(logits);
}

function softmaxGrad(dy: tf.TensorInfo, y: tf.TensorInfo): tf.Tensor {
  return mul(y, sub(dy, sum(mul(dy, y), [y.shape.length - 1], true)));
}

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

import * as tf from '../../../tf-core.js';
import { concat, mul, pad, reshape, slice, stridedSlice, sum } from '../stock.js';

/**
 * The gradient of a depthwise convolution to its filter, tap by tap: Σ dy·x over all places. TensorFlow's own on a
 * GPU adds up in any order, and refuses to run where operations are to be deterministic.
 */
export function depthwiseFilterGradient(
  x: tf.TensorInfo,
  dy: tf.TensorInfo,
  info: tf.backend_util.Conv2DInfo,
): tf.Tensor {
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const rows = (info.outHeight - 1) * strideHeight + (info.filterHeight - 1) * dilationHeight + 1;
  const columns = (info.outWidth - 1) * strideWidth + (info.filterWidth - 1) * dilationWidth + 1;
  const { top, left } = info.padInfo;
  const bottom = Math.max(0, rows - info.inHeight - top);
  const right = Math.max(0, columns - info.inWidth - left);
  const padded = pad(x, [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]);
  const wide = slice(padded, [0, 0, 0, 0], [info.batchSize, rows, columns, info.inChannels]);
  const taps = Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) =>
    tf.tidy(() => {
      const u = Math.floor(tap / info.filterWidth) * dilationHeight;
      const v = (tap % info.filterWidth) * dilationWidth;
      const seen = stridedSlice(wide, [0, u, v, 0], dy.shape, [1, strideHeight, strideWidth, 1]);
      return reshape(sum(mul(dy, seen), [0, 1, 2]), [1, info.inChannels]);
    }),
  );
  return reshape(concat(taps, 0), info.filterShape);
}

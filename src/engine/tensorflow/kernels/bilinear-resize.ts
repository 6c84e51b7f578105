import { BilinearResize, BilinearResizeGrad } from '../../kernels/bilinear-resize.js';
import * as tf from '../../tf-core.js';
import { bilinearShares } from '../../bilinear-weights.js';
import { tensorflowKernel } from './kernel.js';
import { matMul, reshape } from './stock.js';

// A product with a matrix an axis: TensorFlow's own gradient goes through the pixels one by one on a processor, and a
// GPU adds them up in no order.

export const bilinearResize = tensorflowKernel(BilinearResize, ({ x }, { height, width }) => {
  const [, rows, columns] = x.shape;
  return resized(x, shareMatrix(rows, height), shareMatrix(columns, width));
});

export const bilinearResizeGrad = tensorflowKernel(BilinearResizeGrad, ({ dy }, { height, width }) => {
  const [, outHeight, outWidth] = dy.shape;
  return resized(dy, shareMatrix(height, outHeight, true), shareMatrix(width, outWidth, true));
});

// --- internal ---

/** By matrices [height, H] and [width, W]: [B,H,W,C] → [B,height,width,C]. */
function resized(x: tf.TensorInfo, rows: tf.Tensor, columns: tf.Tensor): tf.Tensor {
  const [batch, from, width, channels] = x.shape;
  const [height] = rows.shape;
  const [outWidth] = columns.shape;
  const byRow = matMul(rows, reshape(x, [batch, from, width * channels]));
  const byPlace = matMul(columns, reshape(byRow, [batch * height, width, channels]));
  return reshape(byPlace, [batch, height, outWidth, channels]);
}

/** What each of `to` places takes of each of `from`: [to, from], or turned. */
function shareMatrix(from: number, to: number, isTurned = false): tf.Tensor {
  const shares = new Float32Array(from * to);
  bilinearShares(from, to).forEach((parts, i) => {
    for (const [place, weight] of parts) shares[isTurned ? place * to + i : i * from + place] = weight;
  });
  return tf.tensor2d(shares, isTurned ? [from, to] : [to, from]);
}

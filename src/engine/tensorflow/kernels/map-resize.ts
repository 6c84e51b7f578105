import { MapResize, MapResizeGrad } from '../../kernels/map-resize.js';
import * as tf from '../../tf-core.js';
import { shareMatrix, type ResizeRule } from '../../resize-shares.js';
import { tensorflowKernel } from './kernel.js';
import { matMul, reshape } from './stock.js';

// A product with a matrix an axis: TensorFlow's own gradient goes through the pixels one by one on a processor, and a
// GPU adds them up in no order.

export const mapResize = tensorflowKernel(MapResize, ({ x }, { height, width, rule }) => {
  const [, rows, columns] = x.shape;
  return resized(x, matrix(rows, height, rule), matrix(columns, width, rule));
});

export const mapResizeGrad = tensorflowKernel(MapResizeGrad, ({ dy }, { height, width, rule }) => {
  const [, outHeight, outWidth] = dy.shape;
  return resized(dy, matrix(height, outHeight, rule, true), matrix(width, outWidth, rule, true));
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

function matrix(from: number, to: number, rule: ResizeRule, isTurned = false): tf.Tensor {
  return tf.tensor2d(shareMatrix(from, to, rule, isTurned), isTurned ? [from, to] : [to, from]);
}

import { crossEntropy } from '../../metrics/cross-entropy.js';
import { callKernel } from '../../engine/kernels/call-kernel.js';
import { SoftmaxCrossEntropy } from '../../engine/kernels/softmax-cross-entropy.js';
import {
  cast,
  div,
  equal,
  expandDims,
  maximum,
  mul,
  range,
  reshape,
  scalar,
  sum,
  tensor1d,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '../../engine/tf.js';

/**
 * Cross-entropy of each image: the mean over its pixels that count, each weighted by its class. An image without such
 * pixels has a loss of 0. Logits [B,H,W,C] and labels [B,H,W] (int32; any that is no class counts for nothing) → [B].
 * @param weights of the classes; all 1 where it is left out
 */
export function pixelLosses(logits: Tensor, labels: Tensor, weights?: readonly number[]): Tensor1D {
  const [batch, height, width, classes] = logits.shape as [number, number, number, number];
  const pixels = batch * height * width;
  // One-hot rows; of a pixel that counts for nothing the row is 0, and so is its weight.
  const places = range(0, classes, 1, 'int32');
  const rows = cast(equal(expandDims(reshape(labels, [pixels]), 1), places), 'float32') as Tensor2D;
  const weighted = weights === undefined ? rows : mul(rows, tensor1d([...weights]));
  const counts = reshape(sum(weighted, 1), [batch, height * width]);
  const { loss } = callKernel(SoftmaxCrossEntropy, {
    logits: reshape(logits, [pixels, classes]) as Tensor2D,
    labels: rows,
  });
  const total = sum(mul(reshape(loss, [batch, height * width]), counts), 1);
  return div(total, maximum(sum(counts, 1), scalar(LEAST))) as Tensor1D;
}

/** The same of one image, in float64. */
export function pixelLoss(
  logits: Float32Array,
  labels: ArrayLike<number>,
  classes: number,
  weights?: readonly number[],
): number {
  let total = 0;
  let count = 0;
  for (let p = 0; p < labels.length; p++) {
    if (labels[p] >= classes) continue;
    const weight = weights?.[labels[p]] ?? 1;
    total += weight * crossEntropy(logits.subarray(p * classes, (p + 1) * classes), labels[p]);
    count += weight;
  }
  return total / Math.max(count, LEAST);
}

// --- internal ---

/** In the place of no weight at all. */
const LEAST = 1e-6;

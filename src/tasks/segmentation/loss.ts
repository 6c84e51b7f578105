import { crossEntropy } from '../../metrics/cross-entropy.js';
import { callKernel } from '../../engine/kernels/call-kernel.js';
import { HardExamples } from '../../engine/kernels/hard-examples.js';
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
import type { OnlineHardPixels } from './options.js';

/**
 * Cross-entropy of each image: the mean over its pixels that count, each weighted by its class. An image without such
 * pixels has a loss of 0. Logits [B,H,W,C] and labels [B,H,W] (int32; any that is no class counts for nothing) → [B].
 * @param weights of the classes; all 1 where it is left out
 * @param hard which pixels of an image count; all where it is left out
 */
export function pixelLosses(
  logits: Tensor,
  labels: Tensor,
  weights?: readonly number[],
  hard?: OnlineHardPixels,
): Tensor1D {
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
  const losses = reshape(loss, [batch, height * width]);
  const kept = hard === undefined ? counts : hardest(losses, counts, hard);
  const total = sum(mul(losses, kept), 1);
  return div(total, maximum(sum(kept, 1), scalar(LEAST))) as Tensor1D;
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

/**
 * The weights of the pixels that are hard, 0 for the others: online hard example mining as of mmsegmentation's
 * OHEMPixelSampler, but of each image by itself, so that what is learned of one depends on no other of its batch.
 */
function hardest(losses: Tensor, weights: Tensor, { minKept, thresh }: OnlineHardPixels): Tensor {
  return callKernel(
    HardExamples,
    { losses: losses as Tensor2D, weights: weights as Tensor2D },
    {
      minKept: Math.min(minKept, losses.shape[1]!),
      leastLoss: thresh === null ? Infinity : -Math.log(thresh),
    },
  );
}

/** In the place of no weight at all. */
const LEAST = 1e-6;

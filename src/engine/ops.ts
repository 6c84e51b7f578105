/**
 * The operations that `involve` adds to tf.js, each a call of a kernel of `kernels.ts` with its gradient.
 * Importing this file registers the gradients, once, for every engine.
 */
import * as tf from './tf-core.js';
import * as k from './kernels.js';
import './gradients.js';

function run<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: Record<string, tf.Tensor>,
  attrs: object = {},
): T {
  return tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as T;
}

/** Involution. `x` [B,H,W,C], `kernel` [B,OH,OW,G·K·K] → [B,OH,OW,C]; see `kernels.ts`. */
export function involution(x: tf.Tensor4D, kernel: tf.Tensor4D, attrs: k.InvolutionAttrs): tf.Tensor4D {
  return run(k.Involution, { x, kernel }, attrs);
}

/**
 * Products of each query with the keys around it, a number a group: s(i,j,g,u,v) = Σ_{c in group g} q(i,j,c) ·
 * k(s·i+d·u, s·j+d·v, c), keys outside of the map being zero. `query` [B,OH,OW,C], `key` [B,H,W,C] →
 * [B,OH,OW,G·K·K], laid out as involution takes its kernel: local attention is this, a softmax, and involution
 * over the values, and never holds K² times the activations. With as many groups as channels and queries of one
 * it is the neighbourhood itself.
 */
export function neighbourhoodProduct(
  query: tf.Tensor4D,
  key: tf.Tensor4D,
  attrs: k.InvolutionAttrs,
): tf.Tensor4D {
  return run(k.InvolutionBackpropKernel, { dy: query, x: key }, attrs);
}

/**
 * Softmax over each group's K² taps, masked at the border where asked for: [B,OH,OW,G·K·K] → like it; see
 * `kernels.ts`.
 */
export function neighbourhoodSoftmax(logits: tf.Tensor4D, attrs: k.NeighbourhoodSoftmaxAttrs): tf.Tensor4D {
  return run(k.NeighbourhoodSoftmax, { logits }, attrs);
}

/** Batch normalisation with the statistics of the batch → [y, mean, variance]; see `kernels.ts`. */
export function batchNormTraining(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  attrs: k.BatchNormAttrs,
): [tf.Tensor, tf.Tensor1D, tf.Tensor1D] {
  return run(k.BatchNormTraining, { x, scale, offset }, attrs);
}

/** Batch normalisation with given statistics, the activation fused; y like `x`. */
export function batchNormInference(
  x: tf.Tensor,
  scale: tf.Tensor,
  offset: tf.Tensor,
  mean: tf.Tensor,
  variance: tf.Tensor,
  attrs: k.BatchNormAttrs,
): tf.Tensor {
  return run(k.BatchNormInference, { x, scale, offset, mean, variance }, attrs);
}

/** x·σ(x), element by element. */
export function swish<T extends tf.Tensor>(x: T): T {
  return run(k.Swish, { x });
}

/**
 * A convolution with stride 1 and SAME padding plus a map, each value of which is repeated 2×2 times where `repeat`
 * is 2: `x` [B,H,W,C], `filter` [kh,kw,C,F], `addend` [B,⌈H/repeat⌉,⌈W/repeat⌉,F] → [B,H,W,F]; see `kernels.ts`.
 */
export function convolutionAdd(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  addend: tf.Tensor4D,
  attrs: k.ConvolutionAddAttrs,
): tf.Tensor4D {
  return run(k.ConvolutionAdd, { x, filter, addend }, attrs);
}

/** Mean over height and width: [B,H,W,C] → [B,C]. */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  return run(k.GlobalAveragePool, { x });
}

/** Scales each channel of each image: `x` [B,H,W,C], `scale` [B,C] → like `x`. */
export function channelScale(x: tf.Tensor4D, scale: tf.Tensor2D): tf.Tensor4D {
  return run(k.ChannelScale, { x, scale });
}

/** Inverted dropout whose mask is a function of `seed` (int32 scalar), the stream and the index. */
export function seededDropout<T extends tf.Tensor>(x: T, seed: tf.Scalar, attrs: k.SeededDropoutAttrs): T {
  return run(k.SeededDropout, { x, seed }, attrs);
}

/** Softmax cross-entropy of each row: `logits` [B,N], soft `labels` [B,N] → [B]. */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor2D): tf.Tensor1D {
  const [loss] = run<tf.Tensor[]>(k.SoftmaxCrossEntropy, { logits, labels });
  return loss as tf.Tensor1D;
}

/** One step of Adam with decoupled weight decay → [parameter, firstMoment, secondMoment]. */
export function adamUpdate(
  inputs: Record<
    'parameter' | 'gradient' | 'firstMoment' | 'secondMoment' | 'learningRate' | 'beta1Power' | 'beta2Power',
    tf.Tensor
  >,
  attrs: k.AdamUpdateAttrs,
): tf.Tensor[] {
  return run(k.AdamUpdate, inputs, attrs);
}

/** One step of SGD → [parameter, velocity]. */
export function sgdUpdate(
  inputs: Record<'parameter' | 'gradient' | 'velocity' | 'learningRate', tf.Tensor>,
  attrs: k.SgdUpdateAttrs,
): tf.Tensor[] {
  return run(k.SgdUpdate, inputs, attrs);
}

/** One step of RMSProp → [parameter, meanSquare, velocity]. */
export function rmsPropUpdate(
  inputs: Record<'parameter' | 'gradient' | 'meanSquare' | 'velocity' | 'learningRate', tf.Tensor>,
  attrs: k.RmsPropUpdateAttrs,
): tf.Tensor[] {
  return run(k.RmsPropUpdate, inputs, attrs);
}

/** decay·average + (1 − decay)·value. */
export function movingAverageUpdate(average: tf.Tensor, value: tf.Tensor, decay: number): tf.Tensor {
  return run(k.MovingAverageUpdate, { average, value }, { decay });
}

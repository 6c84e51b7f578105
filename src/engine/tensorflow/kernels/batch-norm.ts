import * as tf from '../../tf-core.js';
import {
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  type BatchNormAttrs,
  type FusedActivation,
} from '../../kernels/batch-norm.js';
import { attr } from '../attributes.js';
import { executeOp } from '../execute-op.js';
import { geluGradOf, geluOf } from './activations/gelu.js';
import { tensorflowKernel, type KernelOptions } from './kernel.js';
import { mul, number, relu, reluGrad, reshape } from './stock.js';
import { swishGradOf, swishOf } from './activations/swish.js';

/** How the custom operations number activations. */
const ACTIVATION: Readonly<Record<FusedActivation, number>> = { none: 0, relu: 1, swish: 2, gelu: 3 };

/**
 * Batch normalisation on FusedBatchNormV3 (Ioffe and Szegedy 2015, algorithm 1), with the activation.
 *
 * What cuDNN needs for the backward pass is not what our kernel puts out, so the gradient calls the forward operation
 * again where it matters; in a graph the two calls are one, since they are the same operation on the same inputs.
 */

export const batchNormTraining = tensorflowKernel(
  BatchNormTraining,
  ({ x, scale, offset }, attrs, options) => {
    if (options.customOps.has('InvolveBatchNorm'))
      return executeOp('InvolveBatchNorm', customAttributes(attrs), [x, scale, offset], 3);
    const normalised = normalise(x, scale, offset, attrs.epsilon);
    const y = reshape(activate(attrs.activation, normalised[0], options), x.shape);
    return [y, normalised[1], biasedVariance(normalised, x, options.onGpu)];
  },
);

export const batchNormTrainingGrad = tensorflowKernel(
  BatchNormTrainingGrad,
  ({ dy, x, scale, offset, mean, variance }, attrs, options) => {
    const { epsilon, activation } = attrs;
    const inputs = [dy, x, scale, offset, mean, variance];
    if (options.customOps.has('InvolveBatchNormGrad'))
      return executeOp('InvolveBatchNormGrad', customAttributes(attrs), inputs, 3);
    // Without activation and cuDNN all that the gradient needs is there already.
    const again = options.onGpu || activation !== 'none' ? normalise(x, scale, offset, epsilon) : undefined;
    const flat = reshape(dy, flatShape(x));
    const dz = again ? pull(activation, flat, again[0], options) : flat;
    // The last is room of cuDNN's, whose size no graph knows: with a scalar it does without.
    const saved = [...(again ? again.slice(3, 5) : [mean, variance]), number(0)];
    const attributes = { ...fusedAttributes(epsilon), is_training: attr.bool(true) };
    const gradients = executeOp(
      'FusedBatchNormGradV3',
      attributes,
      [dz, reshape(x, flatShape(x)), scale, ...saved],
      5,
    );
    return [reshape(gradients[0], x.shape), gradients[1], gradients[2]];
  },
);

export const batchNormInference = tensorflowKernel(
  BatchNormInference,
  ({ x, scale, offset, mean, variance }, { epsilon, activation }, options) => {
    const attributes = { ...fusedAttributes(epsilon), is_training: attr.bool(false) };
    const inputs = [reshape(x, flatShape(x)), scale, offset, mean, variance];
    const [y] = executeOp('FusedBatchNormV3', attributes, inputs, 6);
    return reshape(activate(activation, y, options), x.shape);
  },
);

// --- internal ---

function activate(activation: FusedActivation, z: tf.Tensor, options: KernelOptions): tf.Tensor {
  if (activation === 'relu') return relu(z);
  if (activation === 'gelu') return geluOf(z, options);
  return activation === 'swish' ? swishOf(z, options) : z;
}

/** What of dy gets through the activation at z. */
function pull(activation: FusedActivation, dy: tf.Tensor, z: tf.Tensor, options: KernelOptions): tf.Tensor {
  if (activation === 'relu') return reluGrad(dy, z);
  if (activation === 'gelu') return geluGradOf(dy, z, options);
  return activation === 'swish' ? swishGradOf(dy, z, options) : dy;
}

function customAttributes({ epsilon, activation }: BatchNormAttrs) {
  return { epsilon: attr.float(epsilon), activation: attr.int(ACTIVATION[activation]) };
}

function fusedAttributes(epsilon: number) {
  return {
    T: attr.type('float32'),
    U: attr.type('float32'),
    epsilon: attr.float(epsilon),
    data_format: attr.text('NHWC'),
  };
}

/** The operation takes four axes. */
function flatShape({ shape }: tf.TensorInfo): number[] {
  return shape.length === 4 ? shape : [tf.util.sizeFromShape(shape.slice(0, -1)), 1, 1, shape.at(-1)!];
}

/** z, mean, unbiased variance, and three that the gradient takes. */
function normalise(
  x: tf.TensorInfo,
  scale: tf.TensorInfo,
  offset: tf.TensorInfo,
  epsilon: number,
): tf.Tensor[] {
  const none = tf.tensor1d([]);
  const attributes = {
    ...fusedAttributes(epsilon),
    exponential_avg_factor: attr.float(1),
    is_training: attr.bool(true),
  };
  const inputs = [reshape(x, flatShape(x)), scale, offset, none, none];
  return executeOp('FusedBatchNormV3', attributes, inputs, 6);
}

/** On the CPU it is saved for the gradient; cuDNN has the unbiased one alone. */
function biasedVariance(normalised: readonly tf.Tensor[], x: tf.TensorInfo, onGpu: boolean): tf.Tensor {
  if (!onGpu) return normalised[4];
  const count = tf.util.sizeFromShape(x.shape.slice(0, -1));
  return mul(normalised[2], number((count - 1) / count));
}

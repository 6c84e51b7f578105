import * as tf from '../../../tf-core.js';
import { tfjsKernel } from '../kernel.js';
import {
  type ConvAttrs,
  convInfo,
  convolve,
  denseAttributes,
  isPointwise,
  rowsOf,
} from '../parts/convolve.js';
import { bfloat16FilterGrad, bfloat16InputGrad, isForBfloat16 } from '../parts/bfloat16.js';
import { isForWinograd, winogradFilterGrad, winogradInputGrad } from '../parts/winograd.js';
import { add, call, integers, matMul2d, reshape } from '../stock.js';

interface FusedAttrs extends ConvAttrs {
  readonly activation?: tf.backend_util.Activation;
  readonly leakyreluAlpha?: number;
}

interface Operands {
  readonly bias?: tf.TensorInfo;
  readonly preluActivationWeights?: tf.TensorInfo;
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly dy: tf.TensorInfo;
}

/**
 * Convolutions and their gradients with padding of any kind. tfjs-node's gradients take no explicit padding, its
 * convolutions none that is a number.
 */
export const convKernels = [
  tfjsKernel<Operands, ConvAttrs>(tf.Conv2D, ({ x, filter }, attrs, options) =>
    convolve(x, filter, attrs, options),
  ),
  tfjsKernel<Operands, FusedAttrs>(
    tf.FusedConv2D,
    ({ x, filter, bias, preluActivationWeights }, attrs, options) => {
      const y = convolve(x, filter, attrs, options);
      return activate(bias ? add(y, bias) : y, attrs, preluActivationWeights);
    },
  ),
  tfjsKernel<Operands, ConvAttrs>(tf.Conv2DBackpropInput, ({ dy, filter }, attrs, options) => {
    const info = convInfo(attrs.inputShape!, filter.shape, attrs);
    if (isForBfloat16(info, options)) return bfloat16InputGrad(dy, filter, info);
    if (isPointwise(info, options))
      return reshape(matMul2d(rowsOf(dy), rowsOf(filter), false, true), attrs.inputShape!);
    if (isForWinograd(info, options)) return winogradInputGrad(dy, filter, info);
    return call('Conv2DBackpropInput', denseAttributes(info), integers(attrs.inputShape!), filter, dy);
  }),
  tfjsKernel<Operands, ConvAttrs>(tf.Conv2DBackpropFilter, ({ x, dy }, attrs, options) => {
    const info = convInfo(x.shape, attrs.filterShape!, attrs);
    if (isForBfloat16(info, options)) return bfloat16FilterGrad(x, dy, info);
    if (isPointwise(info, options))
      return reshape(matMul2d(rowsOf(x), rowsOf(dy), true, false), attrs.filterShape!);
    if (isForWinograd(info, options)) return winogradFilterGrad(x, dy, info);
    return call('Conv2DBackpropFilter', denseAttributes(info), x, integers(attrs.filterShape!), dy);
  }),
];

// --- internal ---

/** The activation that tf.js fuses into a convolution. */
function activate(
  z: tf.Tensor,
  { activation, leakyreluAlpha }: FusedAttrs,
  alpha?: tf.TensorInfo,
): tf.Tensor {
  if (activation === 'relu') return tf.relu(z);
  if (activation === 'relu6') return tf.relu6(z);
  if (activation === 'elu') return tf.elu(z);
  if (activation === 'sigmoid') return tf.sigmoid(z);
  if (activation === 'leakyrelu') return tf.leakyRelu(z, leakyreluAlpha);
  if (activation === 'prelu') return tf.prelu(z, alpha as tf.Tensor);
  return z;
}

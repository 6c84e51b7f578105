import * as tf from '../../tf-core.js';
import { ConvolutionAdd, type ConvolutionAddAttrs } from '../../kernels.js';
import { upsample } from '../../upsample.js';
import { attr, type AttributeValue } from '../attributes.js';
import { depthwiseFilterGradient } from './depthwise-filter.js';
import { kernel, type KernelOptions, type TensorflowKernel } from './kernel.js';
import { add, call, ensureShape, integers, matMul2d, reshape } from './stock.js';
import { isForWinograd, winograd, winogradFilterGrad, winogradInputGrad } from './winograd.js';

type Shape4D = [number, number, number, number];

interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape?: Shape4D;
  readonly inputShape?: Shape4D;
}

interface FusedAttrs extends ConvAttrs {
  readonly activation?: tf.backend_util.Activation;
  readonly leakyreluAlpha?: number;
}

interface Operands {
  readonly addend: tf.TensorInfo;
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
export function convolutionKernels(options: KernelOptions): TensorflowKernel[] {
  return [
    kernel<Operands, ConvAttrs>(tf.Conv2D, ({ x, filter }, attrs) => convolve(x, filter, attrs, options)),
    kernel<Operands, FusedAttrs>(tf.FusedConv2D, ({ x, filter, bias, preluActivationWeights }, attrs) => {
      const y = convolve(x, filter, attrs, options);
      return activate(bias ? add(y, bias) : y, attrs, preluActivationWeights);
    }),
    kernel<Operands, ConvolutionAddAttrs>(ConvolutionAdd, ({ x, filter, addend }, { repeat }) => {
      const y = convolve(x, filter, { strides: 1, pad: 'same' }, options);
      const [, height, width] = y.shape;
      return add(y, repeat === 1 ? addend : upsample(addend as tf.Tensor4D, height!, width!));
    }),
    kernel<Operands, ConvAttrs>(tf.Conv2DBackpropInput, ({ dy, filter }, attrs) => {
      const info = convInfo(attrs.inputShape!, filter.shape, attrs);
      if (isPointwise(info, options))
        return reshape(matMul2d(rowsOf(dy), rowsOf(filter), false, true), attrs.inputShape!);
      if (isForWinograd(info, options)) return winogradInputGrad(dy, filter, info);
      return call('Conv2DBackpropInput', denseAttributes(info), integers(attrs.inputShape!), filter, dy);
    }),
    kernel<Operands, ConvAttrs>(tf.Conv2DBackpropFilter, ({ x, dy }, attrs) => {
      const info = convInfo(x.shape, attrs.filterShape!, attrs);
      if (isPointwise(info, options))
        return reshape(matMul2d(rowsOf(x), rowsOf(dy), true, false), attrs.filterShape!);
      if (isForWinograd(info, options)) return winogradFilterGrad(x, dy, info);
      return call('Conv2DBackpropFilter', denseAttributes(info), x, integers(attrs.filterShape!), dy);
    }),

    kernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNative, ({ x, filter }, attrs) =>
      call('DepthwiseConv2dNative', attributesOf(convInfo(x.shape, filter.shape, attrs, true)), x, filter),
    ),
    kernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNativeBackpropInput, ({ dy, filter }, attrs) => {
      const shape = attrs.inputShape!;
      const attributes = attributesOf(convInfo(shape, filter.shape, attrs, true));
      return call('DepthwiseConv2dNativeBackpropInput', attributes, integers(shape), filter, dy);
    }),
    kernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNativeBackpropFilter, ({ x, dy }, attrs) => {
      const shape = attrs.filterShape!;
      const info = convInfo(x.shape, shape, attrs, true);
      const hasOneFilter = info.outChannels === info.inChannels;
      if (hasOneFilter && options.customOps.has('InvolveDepthwiseFilterGrad')) {
        const attributes = { ...customAttributes(info), filter_shape: attr.int(shape) };
        return ensureShape(call('InvolveDepthwiseFilterGrad', attributes, x, dy), shape);
      }
      if (options.onGpu && options.deterministic !== false && hasOneFilter)
        return depthwiseFilterGradient(x, dy, info);
      return call('DepthwiseConv2dNativeBackpropFilter', attributesOf(info), x, integers(shape), dy);
    }),
  ];
}

// --- internal ---

type ConvInfo = tf.backend_util.Conv2DInfo;

function convInfo(
  input: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations = 1, dimRoundingMode }: ConvAttrs,
  isDepthwise = false,
): ConvInfo {
  return tf.backend_util.computeConv2DInfo(
    ...[input as Shape4D, filter as Shape4D, strides, dilations, pad, dimRoundingMode, isDepthwise],
  );
}

function convolve(
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: ConvAttrs,
  options: KernelOptions,
): tf.Tensor {
  const info = convInfo(x.shape, filter.shape, attrs);
  if (isPointwise(info, options)) return reshape(matMul2d(rowsOf(x), rowsOf(filter)), info.outShape);
  if (isForWinograd(info, options)) return winograd(x, filter, info);
  return call('Conv2D', denseAttributes(info), x, filter);
}

/**
 * A convolution of single places is one product of matrices, which TensorFlow computes faster than the convolution
 * on a processor. On a GPU convolutions stay together, so that they can be laid out anew as a whole.
 */
function isPointwise(info: ConvInfo, { onGpu }: KernelOptions): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const isOne = [filterHeight, filterWidth, strideHeight, strideWidth].every((length) => length === 1);
  const { top, bottom, left, right } = padInfo;
  return !onGpu && isOne && [top, bottom, left, right].every((zeros) => zeros === 0);
}

/** All axes but the last as one. */
function rowsOf(x: tf.TensorInfo): tf.Tensor {
  const width = x.shape[x.shape.length - 1];
  return reshape(x, [tf.util.sizeFromShape(x.shape) / width, width]);
}

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

function attributesOf(info: ConvInfo): Record<string, AttributeValue> {
  const { top, bottom, left, right } = info.padInfo;
  const name = paddingName(info);
  return {
    T: attr.type('float32'),
    strides: attr.int([1, info.strideHeight, info.strideWidth, 1]),
    dilations: attr.int([1, info.dilationHeight, info.dilationWidth, 1]),
    padding: attr.text(name ?? 'EXPLICIT'),
    explicit_paddings: attr.int(name === undefined ? [0, 0, top, bottom, left, right, 0, 0] : []),
    data_format: attr.text('NHWC'),
  };
}

/**
 * The name of a padding, however it was given. TensorFlow leaves gradients of convolutions to oneDNN only where their
 * padding has a name: a step of WRN-28-10 takes 2.5 s with it, 3.0 s without.
 */
function paddingName(info: ConvInfo): 'SAME' | 'VALID' | undefined {
  const { top, bottom, left, right } = info.padInfo;
  if ([top, bottom, left, right].every((zeros) => zeros === 0)) return 'VALID';
  const rows = sameZeros(info.inHeight, info.effectiveFilterHeight, info.strideHeight);
  const columns = sameZeros(info.inWidth, info.effectiveFilterWidth, info.strideWidth);
  const isSame = [top, bottom, left, right].join() === [...rows, ...columns].join();
  return isSame ? 'SAME' : undefined;
}

/** Zeros before and after an axis by TensorFlow's SAME padding. */
function sameZeros(length: number, window: number, stride: number): [before: number, after: number] {
  const zeros = Math.max((Math.ceil(length / stride) - 1) * stride + window - length, 0);
  return [Math.floor(zeros / 2), Math.ceil(zeros / 2)];
}

function denseAttributes(info: ConvInfo): Record<string, AttributeValue> {
  return { ...attributesOf(info), use_cudnn_on_gpu: attr.bool(true) };
}

function customAttributes(info: ConvInfo): Record<string, AttributeValue> {
  return {
    strides: attr.int([info.strideHeight, info.strideWidth]),
    dilations: attr.int([info.dilationHeight, info.dilationWidth]),
    before: attr.int([info.padInfo.top, info.padInfo.left]),
  };
}

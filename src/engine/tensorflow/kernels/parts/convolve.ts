import * as tf from '../../../tf-core.js';
import { attr, type AttributeValue } from '../../attributes.js';
import type { KernelOptions } from '../kernel.js';
import { call, matMul2d, reshape } from '../stock.js';
import { convolveBfloat16, isForBfloat16 } from './bfloat16.js';
import { isForWinograd, winograd } from './winograd.js';

type Shape4D = [number, number, number, number];

/** Those of tf.js's convolutions and their gradients. */
export interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape?: Shape4D;
  readonly inputShape?: Shape4D;
}

export type ConvInfo = tf.backend_util.Conv2DInfo;

/** What a convolution is, by the shapes of its input and its filter. */
export function convInfo(
  input: readonly number[],
  filter: readonly number[],
  { strides, pad, dilations = 1, dimRoundingMode }: ConvAttrs,
  isDepthwise = false,
): ConvInfo {
  return tf.backend_util.computeConv2DInfo(
    ...[input as Shape4D, filter as Shape4D, strides, dilations, pad, dimRoundingMode, isDepthwise],
  );
}

/** y = x ∗ filter. */
export function convolve(
  x: tf.TensorInfo,
  filter: tf.TensorInfo,
  attrs: ConvAttrs,
  options: KernelOptions,
): tf.Tensor {
  const info = convInfo(x.shape, filter.shape, attrs);
  if (isForBfloat16(info, options)) return convolveBfloat16(x, filter, info);
  if (isPointwise(info, options)) return reshape(matMul2d(rowsOf(x), rowsOf(filter)), info.outShape);
  if (isForWinograd(info, options)) return winograd(x, filter, info);
  return call('Conv2D', denseAttributes(info), x, filter);
}

/**
 * A convolution of single places is one product of matrices, which TensorFlow computes faster than the convolution
 * on a processor. On a GPU convolutions stay together, so that they can be laid out anew as a whole.
 */
export function isPointwise(info: ConvInfo, { onGpu }: KernelOptions): boolean {
  const { filterHeight, filterWidth, strideHeight, strideWidth, padInfo } = info;
  const isOne = [filterHeight, filterWidth, strideHeight, strideWidth].every((length) => length === 1);
  const { top, bottom, left, right } = padInfo;
  return !onGpu && isOne && [top, bottom, left, right].every((zeros) => zeros === 0);
}

/** All axes but the last as one. */
export function rowsOf(x: tf.TensorInfo): tf.Tensor {
  const width = x.shape[x.shape.length - 1];
  return reshape(x, [tf.util.sizeFromShape(x.shape) / width, width]);
}

/** Attributes of TensorFlow's convolutions. */
export function attributesOf(info: ConvInfo): Record<string, AttributeValue> {
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

/** Those of dense ones. */
export function denseAttributes(info: ConvInfo): Record<string, AttributeValue> {
  return { ...attributesOf(info), use_cudnn_on_gpu: attr.bool(true) };
}

// --- internal ---

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

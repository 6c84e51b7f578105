import * as tf from '@tensorflow/tfjs-core';
import { attr, type AttributeValue } from '../attributes.js';
import { kernel, type KernelOptions, type TensorflowKernel } from './kernel.js';
import { call, ensureShape, integers } from './stock.js';

type Shape4D = [number, number, number, number];

interface ConvAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dilations?: number | [number, number];
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape?: Shape4D;
  readonly inputShape?: Shape4D;
}

interface Operands {
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
    kernel<Operands, ConvAttrs>(tf.Conv2D, ({ x, filter }, attrs) =>
      call('Conv2D', denseAttributes(convInfo(x.shape, filter.shape, attrs)), x, filter),
    ),
    kernel<Operands, ConvAttrs>(tf.Conv2DBackpropInput, ({ dy, filter }, attrs) => {
      const info = convInfo(attrs.inputShape!, filter.shape, attrs);
      return call('Conv2DBackpropInput', denseAttributes(info), integers(attrs.inputShape!), filter, dy);
    }),
    kernel<Operands, ConvAttrs>(tf.Conv2DBackpropFilter, ({ x, dy }, attrs) => {
      const info = convInfo(x.shape, attrs.filterShape!, attrs);
      return call('Conv2DBackpropFilter', denseAttributes(info), x, integers(attrs.filterShape!), dy);
    }),

    kernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNative, ({ x, filter }, attrs) => {
      const info = convInfo(x.shape, filter.shape, attrs, true);
      if (isCustom(info, 'InvolveDepthwise', options)) {
        const attributes = { ...customAttributes(info), output_shape: attr.int(info.outShape) };
        return ensureShape(call('InvolveDepthwise', attributes, x, filter), info.outShape);
      }
      return call('DepthwiseConv2dNative', attributesOf(info), x, filter);
    }),
    kernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNativeBackpropInput, ({ dy, filter }, attrs) => {
      const shape = attrs.inputShape!;
      const info = convInfo(shape, filter.shape, attrs, true);
      if (isCustom(info, 'InvolveDepthwiseInputGrad', options)) {
        const attributes = { ...customAttributes(info), input_shape: attr.int(shape) };
        return ensureShape(call('InvolveDepthwiseInputGrad', attributes, dy, filter), shape);
      }
      const sizes = integers(shape);
      return call('DepthwiseConv2dNativeBackpropInput', attributesOf(info), sizes, filter, dy);
    }),
    kernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNativeBackpropFilter, ({ x, dy }, attrs) => {
      const shape = attrs.filterShape!;
      const info = convInfo(x.shape, shape, attrs, true);
      if (isCustom(info, 'InvolveDepthwiseFilterGrad', options)) {
        const attributes = { ...customAttributes(info), filter_shape: attr.int(shape) };
        return ensureShape(call('InvolveDepthwiseFilterGrad', attributes, x, dy), shape);
      }
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

function attributesOf(info: ConvInfo): Record<string, AttributeValue> {
  const { top, bottom, left, right, type } = info.padInfo;
  const isNamed = type === 'SAME' || type === 'VALID';
  return {
    T: attr.type('float32'),
    strides: attr.int([1, info.strideHeight, info.strideWidth, 1]),
    dilations: attr.int([1, info.dilationHeight, info.dilationWidth, 1]),
    padding: attr.text(isNamed ? type : 'EXPLICIT'),
    explicit_paddings: attr.int(isNamed ? [] : [0, 0, top, bottom, left, right, 0, 0]),
    data_format: attr.text('NHWC'),
  };
}

function denseAttributes(info: ConvInfo): Record<string, AttributeValue> {
  return { ...attributesOf(info), use_cudnn_on_gpu: attr.bool(true) };
}

/** The custom operations have one filter a channel. */
function isCustom(info: ConvInfo, name: string, { customOps }: KernelOptions): boolean {
  return customOps.has(name) && info.outChannels === info.inChannels;
}

function customAttributes(info: ConvInfo): Record<string, AttributeValue> {
  return {
    strides: attr.int([info.strideHeight, info.strideWidth]),
    dilations: attr.int([info.dilationHeight, info.dilationWidth]),
    before: attr.int([info.padInfo.top, info.padInfo.left]),
  };
}

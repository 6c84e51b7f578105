import * as tf from '../../../tf-core.js';
import { attr, type AttributeValue } from '../../attributes.js';
import { tfjsKernel } from '../kernel.js';
import { attributesOf, type ConvAttrs, type ConvInfo, convInfo } from '../parts/convolve.js';
import { depthwiseFilterGradient } from '../parts/depthwise-filter.js';
import { call, ensureShape, integers } from '../stock.js';

interface Operands {
  readonly x: tf.TensorInfo;
  readonly filter: tf.TensorInfo;
  readonly dy: tf.TensorInfo;
}

/** Depthwise convolutions and their gradients with padding of any kind. */
export const depthwiseKernels = [
  tfjsKernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNative, ({ x, filter }, attrs) =>
    call('DepthwiseConv2dNative', attributesOf(convInfo(x.shape, filter.shape, attrs, true)), x, filter),
  ),
  tfjsKernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNativeBackpropInput, ({ dy, filter }, attrs) => {
    const shape = attrs.inputShape!;
    const attributes = attributesOf(convInfo(shape, filter.shape, attrs, true));
    return call('DepthwiseConv2dNativeBackpropInput', attributes, integers(shape), filter, dy);
  }),
  tfjsKernel<Operands, ConvAttrs>(tf.DepthwiseConv2dNativeBackpropFilter, ({ x, dy }, attrs, options) => {
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

// --- internal ---

function customAttributes(info: ConvInfo): Record<string, AttributeValue> {
  return {
    strides: attr.int([info.strideHeight, info.strideWidth]),
    dilations: attr.int([info.dilationHeight, info.dilationWidth]),
    before: attr.int([info.padInfo.top, info.padInfo.left]),
  };
}

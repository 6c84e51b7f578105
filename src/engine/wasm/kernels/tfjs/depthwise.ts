import {
  DepthwiseConv2dNative,
  DepthwiseConv2dNativeBackpropFilter,
  DepthwiseConv2dNativeBackpropInput,
} from '../../../tf-core.js';
import { isFloat, kernel } from '../kernel.js';
import {
  depthwiseBackwardFilter,
  depthwiseBackwardInput,
  depthwiseForward,
  depthwiseOf,
} from '../parts/depthwise.js';

export const depthwiseKernels = [
  kernel(DepthwiseConv2dNative, (backend, { x, filter }, attrs) => {
    const d = isFloat(x, filter) ? depthwiseOf(attrs, x.shape, filter.shape) : undefined;
    return d && depthwiseForward(backend, x, filter, d);
  }),
  kernel(DepthwiseConv2dNativeBackpropInput, (backend, { dy, filter }, attrs) => {
    const d = isFloat(dy, filter)
      ? depthwiseOf(attrs, attrs.inputShape as number[], filter.shape)
      : undefined;
    return d && depthwiseBackwardInput(backend, dy, filter, d);
  }),
  kernel(DepthwiseConv2dNativeBackpropFilter, (backend, { x, dy }, attrs) => {
    const filterShape = attrs.filterShape as number[];
    const d = isFloat(x, dy) ? depthwiseOf(attrs, x.shape, filterShape) : undefined;
    return d && depthwiseBackwardFilter(backend, x, dy, filterShape, d);
  }),
];

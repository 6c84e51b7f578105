import {
  DilatedConvolution,
  DilatedConvolutionFilterGrad,
  DilatedConvolutionInputGrad,
} from '../../kernels/dilated-convolution.js';
import { isFloat, wasmKernel } from './kernel.js';
import { convInfoOf } from './parts/conv-info.js';
import { backwardFilter } from './parts/convolve-filter-grad.js';
import { backwardInput, forward } from './parts/convolve.js';
import {
  depthwiseBackwardFilter,
  depthwiseBackwardInput,
  depthwiseForward,
  depthwiseOf,
} from './parts/depthwise.js';

export const dilatedConvolution = wasmKernel(
  DilatedConvolution,
  (backend, { x, filter }, { dilation, depthwise }) => {
    if (!isFloat(x, filter)) return undefined;
    if (depthwise) {
      const each = depthwiseOf(attrsOf(dilation), x.shape, filter.shape);
      return each && depthwiseForward(backend, x, filter, each);
    }
    const info = convInfoOf(attrsOf(dilation), x.shape, filter.shape);
    return info && forward(backend, x, filter, info);
  },
);

export const dilatedConvolutionInputGrad = wasmKernel(
  DilatedConvolutionInputGrad,
  (backend, { dy, filter }, { dilation, depthwise }) => {
    if (!isFloat(dy, filter)) return undefined;
    const inputShape = dy.shape.with(3, filter.shape[2]);
    if (depthwise) {
      const each = depthwiseOf(attrsOf(dilation), inputShape, filter.shape);
      return each && depthwiseBackwardInput(backend, dy, filter, each);
    }
    const info = convInfoOf(attrsOf(dilation), inputShape, filter.shape);
    return info && backwardInput(backend, dy, filter, info);
  },
);

export const dilatedConvolutionFilterGrad = wasmKernel(
  DilatedConvolutionFilterGrad,
  (backend, { x, dy }, { dilation, depthwise, height, width }) => {
    if (!isFloat(x, dy)) return undefined;
    const filterShape = [height, width, x.shape[3], depthwise ? 1 : dy.shape[3]];
    if (depthwise) {
      const each = depthwiseOf(attrsOf(dilation), x.shape, filterShape);
      return each && depthwiseBackwardFilter(backend, x, dy, filterShape, each);
    }
    const info = convInfoOf(attrsOf(dilation), x.shape, filterShape);
    return info && backwardFilter(backend, x, dy, info);
  },
);

// --- internal ---

/** As tf.js has them. */
function attrsOf(dilation: number): Record<string, number | string | number[]> {
  return { strides: [1, 1], pad: 'same', dilations: [dilation, dilation] };
}

import { channelsOf } from '../../layers/operator-layer.js';
import type { Operator } from '../operator.js';
import type { DepthwiseSeparableConfig } from './options.js';
import { separableConvolution } from './separable.js';

/** A separable convolution; the stride is that of its spatial half. */
export const depthwiseSeparable: Operator<DepthwiseSeparableConfig> = {
  canStride: true,
  place: (net, x, options, { name, stride, batchNorm }) =>
    separableConvolution(net, x, {
      ...options,
      name,
      stride,
      batchNorm,
      filters: channelsOf(x.shape),
      initialization: 'he-normal',
    }),
  variants: {
    'segments-1': { segments: 1 },
    'segments-3': { segments: 3 },
    'segments-4': { segments: 4 },
    'separable-pointwise-first': { order: 'pointwise-first' },
    'separable-nothing-between': { batchNormBetween: false },
    'separable-relu-between': { betweenDepthwiseAndPointwise: 'relu' },
    'separable-elu-between': { betweenDepthwiseAndPointwise: 'elu' },
    'spatially-separable': { spatiallySeparable: true },
  },
};

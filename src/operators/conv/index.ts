import { Convolution } from '../../layers/convolution.js';
import { channelsOf } from '../../layers/operator-layer.js';
import type { Operator } from '../operator.js';
import type { ConvConfig } from './options.js';

/** A plain convolution, He et al.'s initialization unless the place has another, ⌊K/2⌋ zeros on every side. */
export const conv: Operator<ConvConfig> = {
  canStride: true,
  place: (net, x, { kernelSize }, { name, stride, initialization = 'he-normal' }) => {
    const filters = channelsOf(x.shape);
    return net.add(
      new Convolution({ name, filters, kernelSize, stride, padding: 'symmetric', initialization }),
      x,
    );
  },
};

import { Convolution } from '../../layers/convolution.js';
import { channelsOf } from '../../layers/operator-layer.js';
import type { Operator } from '../operator.js';
import type { ConvConfig } from './options.js';

/** A plain convolution, He et al.'s initialization, ⌊K/2⌋ zeros on every side. */
export const conv: Operator<ConvConfig> = {
  canStride: true,
  place: (net, x, { kernelSize }, { name, stride }) =>
    net.add(
      new Convolution({ name, filters: channelsOf(x.shape), kernelSize, stride, padding: 'symmetric' }),
      x,
    ),
};

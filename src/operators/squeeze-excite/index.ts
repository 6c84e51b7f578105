import { channelsOf } from '../../layers/operator-layer.js';
import type { Operator } from '../operator.js';
import { SqueezeExcite } from './layer.js';
import type { SqueezeExciteConfig } from './options.js';

/** Squeeze-and-excitation: it weighs channels and sees no neighbours, so it takes the place of no convolution. */
export const squeezeExcite: Operator<SqueezeExciteConfig> = {
  canStride: false,
  shows: ['gates'],
  place: (net, x, { reductionRatio }, { name, activation, blockChannels = channelsOf(x.shape) }) => {
    const squeezed = Math.max(1, Math.floor(blockChannels / reductionRatio));
    return net.add(new SqueezeExcite({ name, squeezed, activation }), x);
  },
  variants: { 'conv-squeeze-excite': {} },
};

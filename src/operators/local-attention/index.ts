import { channelsOf } from '../../layers/operator-layer.js';
import { groupCount } from '../groups.js';
import type { Operator } from '../operator.js';
import { LocalSelfAttention } from './layer.js';
import type { LocalAttentionConfig } from './options.js';

/** Local self-attention; a stride averages what it puts out. */
export const localAttention: Operator<LocalAttentionConfig> = {
  canStride: true,
  shows: ['attention'],
  place: (net, x, { kernelSize, relation, position, padding, ...options }, place) => {
    const { name, stride } = place;
    const heads = groupCount(channelsOf(x.shape), options.heads, place, 'heads');
    return net.add(
      new LocalSelfAttention({ name, kernelSize, heads, stride, relation, position, padding }),
      x,
    );
  },
  variants: {
    'local-attention-3': { kernelSize: 3 },
    'local-attention-no-position': { position: 'none' },
    'local-attention-position-only': { relation: 'none' },
    'local-attention-zeros-beyond': { padding: 'zero' },
    'local-attention-8-channels-a-head': { heads: { channels: 8 } },
  },
};

import { channelsOf } from '../../layers/operator-layer.js';
import { groupCount } from '../groups.js';
import type { Operator } from '../operator.js';
import { GlobalSelfAttention } from './layer.js';
import type { GlobalAttentionConfig } from './options.js';

/** Self-attention over the whole map; a stride averages what it puts out. */
export const globalAttention: Operator<GlobalAttentionConfig> = {
  canStride: true,
  shows: ['attention'],
  place: (net, x, { position, ...options }, place) => {
    const { name, stride } = place;
    const [, height, width] = x.shape as [null, number, number, number];
    const heads = groupCount(channelsOf(x.shape), options.heads, place, 'heads');
    return net.add(new GlobalSelfAttention({ name, heads, height, width, position, stride }), x);
  },
  variants: { 'global-attention-no-position': { position: 'none' } },
};

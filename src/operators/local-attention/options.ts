import { z } from 'zod';
import { count, odd } from '../../util/schema-parts.js';

/** Local self-attention in a spatial slot. */
export const localAttentionSlot = z.strictObject({
  type: z.literal('local-attention'),
  kernelSize: odd.default(7).describe('K, odd'),
  heads: count.default(8).describe('N'),
  channelsPerHead: count
    .nullable()
    .default(null)
    .describe('C/N: channels that share their weights, the same at every width; takes the place of `heads`.'),
  relation: z
    .enum(['dot', 'none'])
    .default('dot')
    .describe('dot: logits q·k; none: no keys, logits from positions alone.'),
  position: z.enum(['relative', 'none']).default('relative').describe('relative: logits q·r of the offset.'),
  padding: z
    .enum(['mask', 'zero'])
    .default('mask')
    .describe('Beyond the border: mask: left out; zero: keys and values of zero, which take weight.'),
});

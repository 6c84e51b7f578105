import { z } from 'zod';
import { odd, renamed } from '../../util/schema-parts.js';
import { channelsOfGroup, groups, position } from '../group-options.js';

/** Local self-attention (Ramachandran et al. 2019). */
export const localAttention = renamed(
  z.strictObject({
    type: z.literal('local-attention'),
    kernelSize: odd.default(7).describe('K, odd'),
    heads: groups.default(8).describe('N, or C/N: channels of a head, which share their weights.'),
    relation: z
      .enum(['dot', 'none'])
      .default('dot')
      .describe('dot: logits q·k; none: no keys, logits from positions alone.'),
    position: position.default('relative').describe('relative: logits q·r of the offset.'),
    padding: z
      .enum(['mask', 'zero'])
      .default('mask')
      .describe('Beyond the border: mask: left out; zero: keys and values of zero, which take weight.'),
  }),
  channelsOfGroup('channelsPerHead', 'heads'),
);

export type LocalAttentionConfig = z.infer<typeof localAttention>;

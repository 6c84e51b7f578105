import { z } from 'zod';
import { groups, position } from '../group-options.js';

/** Self-attention over the whole map (Srinivas et al. 2021). */
export const globalAttention = z.strictObject({
  type: z.literal('global-attention'),
  heads: groups.default(4).describe('N, or C/N: channels of a head.'),
  position: position
    .default('relative')
    .describe('relative: logits q·r of the offset too, by tables that are made for the size of the map.'),
});

export type GlobalAttentionConfig = z.infer<typeof globalAttention>;

import { z } from 'zod';
import { count, odd } from '../../util/schema-parts.js';

/** Local relation in a spatial slot. */
export const localRelationSlot = z.strictObject({
  type: z.literal('local-relation'),
  kernelSize: odd.default(7).describe('K, odd'),
  channelsPerGroup: count
    .default(8)
    .describe('m: channels that share their weights; the last group may be smaller.'),
  relation: z
    .enum(['squared-difference', 'absolute-difference', 'product'])
    .default('squared-difference')
    .describe('Φ of query and key.'),
  geometryPrior: z.boolean().default(true).describe('g: whether logits know the offset of the key.'),
});

import { z } from 'zod';
import { odd, renamed } from '../../util/schema-parts.js';
import { channelsOfGroup, groups } from '../group-options.js';

/** Local relation (Hu et al. 2019). */
export const localRelation = renamed(
  z.strictObject({
    type: z.literal('local-relation'),
    kernelSize: odd.default(7).describe('K, odd'),
    groups: groups
      .default({ channels: 8 })
      .describe('How many, or m: channels that share their weights; the last group may be smaller.'),
    relation: z
      .enum(['squared-difference', 'absolute-difference', 'product'])
      .default('squared-difference')
      .describe('Φ of query and key.'),
    geometryPrior: z.boolean().default(true).describe('g: whether logits know the offset of the key.'),
  }),
  channelsOfGroup('channelsPerGroup'),
);

export type LocalRelationConfig = z.infer<typeof localRelation>;

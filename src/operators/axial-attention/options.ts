import { z } from 'zod';
import { count } from '../../util/schema-parts.js';

/** Choices of axial attention, in its network and as a spatial operator. */
export const axialParts = {
  groups: count.default(8).describe('Heads; twice as many divide the channels.'),
  span: count
    .nullable()
    .default(null)
    .describe('m: keys of a place on an axis longer than that, odd; null: the whole axis.'),
  tableSpan: count
    .nullable()
    .default(null)
    .describe(
      'Longest span that the tables of positions are made for, 2·tableSpan − 1 entries; null: as needed.',
    ),
  positions: z
    .strictObject({
      query: z.boolean().default(true),
      key: z.boolean().default(true),
      value: z.boolean().default(true),
    })
    .default({ query: true, key: true, value: true })
    .describe('What knows its relative position.'),
} as const;

export const axialAttention = z.strictObject({ type: z.literal('axial-attention'), ...axialParts });

export type AxialAttentionConfig = z.infer<typeof axialAttention>;

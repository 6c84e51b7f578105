import { z } from 'zod';
import { count, renamed } from '../../util/schema-parts.js';
import { groups } from '../group-options.js';

/** Axial attention (Wang et al. 2020): along the height, then along the width. */
export const axialAttention = renamed(
  z.strictObject({
    type: z.literal('axial-attention'),
    heads: groups
      .default(8)
      .describe('How many, or channels of a head; twice as many heads divide the channels.'),
    span: count
      .max(2047)
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
  }),
  { groups: { to: 'heads' } },
);

export type AxialAttentionConfig = z.infer<typeof axialAttention>;

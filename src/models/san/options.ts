import { z } from 'zod';
import {
  batchNorm,
  dropRate,
  blocks,
  channels,
  odd,
  renamed,
  torchBatchNorm,
} from '../../util/schema-parts.js';
import {
  mapping,
  pairwise,
  patchwise,
  renamedPosition,
  renamedShare,
  sanGroups,
} from '../../operators/san/options.js';

const stage = z.strictObject({
  blocks,
  width: channels.describe('Channels between blocks: a multiple of four times those of a group.'),
  kernelSize: odd.describe('Side of the footprint.'),
  pool: z.boolean().default(true).describe('Whether max pooling halves the map first.'),
});

/**
 * Self-attention network (Zhao et al. 2020): nothing but pairwise or patchwise self-attention between 1×1 layers. Its
 * block has no slot: the attention takes the block's channels to a quarter of them, and operators keep theirs.
 */
export const san = renamed(
  z.strictObject({
    family: z.literal('san'),
    depth: z
      .union([z.literal(10), z.literal(15), z.literal(19)])
      .default(10)
      .describe(
        '10: 2,1,2,4,1 blocks; 15: 3,2,3,5,2; 19: 3,3,4,6,3; widths 64, 256, …, 2048, footprints 3, 7, 7, 7, 7.',
      ),
    stages: z
      .array(stage)
      .min(1)
      .max(8)
      .nullable()
      .default(null)
      .describe('Stages in place of those of `depth`.'),
    attention: z
      .discriminatedUnion('type', [
        renamed(z.strictObject({ type: z.literal('pairwise'), ...pairwise }), renamedPosition),
        z.strictObject({ type: z.literal('patchwise'), ...patchwise }),
      ])
      .default({ type: 'pairwise', relation: 'subtraction', position: 'relative' })
      .describe('δ'),
    mapping,
    groups: sanGroups,
    stemWidth: channels.default(64),
    batchNorm: batchNorm(torchBatchNorm),
    dropout: dropRate.default(0).describe('Before the classifier.'),
  }),
  renamedShare,
);

export type SanConfig = z.infer<typeof san>;

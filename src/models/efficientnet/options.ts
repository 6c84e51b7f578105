import { z } from 'zod';
import { groups } from '../../operators/group-options.js';
import { attentionSlot } from '../../operators/options.js';
import { batchNorm, dropRate, channels, odd, saying } from '../../util/schema-parts.js';

/** The article on involution in EfficientNet has four groups at every width, and its squeeze is that of the paper. */
const attention = attentionSlot(
  z.enum(['none', 'bn-swish']).default('none').describe('What stands between it and the projection.'),
  {
    involution: { groups: groups.default(4).describe('G, or C/G: channels that share a kernel.') },
    se: {
      reductionRatio: channels
        .default(4)
        .describe('r: the squeezed width is that of the block’s input over r, floored.'),
    },
  },
);

const removable = saying('only stages 2 to 8 can be removed');
/** EfficientNet with the switches of the involution experiments. */
export const efficientnet = z.strictObject({
  family: z.literal('efficientnet'),
  variant: z.enum(['b0', 'b1', 'b2', 'b3', 'b4', 'b5', 'b6', 'b7', 'blog-b4']).default('b0'),
  attention: attention
    .default({ type: 'se', reductionRatio: 4 })
    .describe('What stands in a block between the depthwise convolution and the projection.'),
  removeStages: z
    .array(z.int().min(2, removable).max(8, removable))
    .refine((stages) => new Set(stages).size === stages.length, saying('a stage is named twice'))
    .default([])
    .describe("Stages left out, in the paper's numbering: 1 stem, 2…8 blocks, 9 head."),
  depthwiseKernel: odd
    .nullable()
    .default(null)
    .describe('Kernel size of every depthwise convolution; null: as in the paper.'),
  dropout: dropRate
    .nullable()
    .default(null)
    .describe('Before the classifier; null: as in the paper (b0: 0.2).'),
  dropConnect: dropRate
    .default(0.2)
    .describe(
      'Stochastic depth: block i of n is dropped at this rate times i / n, i from 0; from … to: a line over training.',
    ),
  batchNorm: batchNorm({ momentum: 0.9, epsilon: 1e-3 }),
});

export type EfficientNetConfig = z.infer<typeof efficientnet>;

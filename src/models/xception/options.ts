import { z } from 'zod';
import { batchNorm, dropRate, blocks, kerasBatchNorm, widening } from '../../util/schema-parts.js';
import { spatial } from '../../operators/options.js';
import { separableParts } from '../../operators/depthwise-separable/options.js';

/** Xception (Chollet 2017) with the switches of its ablations and of what it leaves open. */
export const xception = z.strictObject({
  family: z.literal('xception'),
  stem: z
    .enum(['imagenet', 'cifar'])
    .default('imagenet')
    .describe('cifar: neither the stem nor the first block halves the size, for images of 32×32.'),
  width: widening.default(1).describe('Multiplies every width; 1 is the paper’s.'),
  middleBlocks: blocks.default(8).describe('Blocks of the middle flow; 8 in the paper.'),
  residual: z.boolean().default(true).describe('Shortcuts around the blocks.'),
  ...separableParts(false),
  spatial: spatial
    .nullable()
    .default(null)
    .describe(
      'The operator in the place of the spatial half of the separable convolutions; null: a convolution within `segments`.',
    ),
  dropout: dropRate.default(0).describe('Before the classifier; 0.5 in the paper.'),
  batchNorm: batchNorm(kerasBatchNorm),
});

export type XceptionConfig = z.infer<typeof xception>;

import { z } from 'zod';
import { batchNorm, count, fraction, kerasBatchNorm, positive } from '../schema-parts.js';

/** Xception (Chollet 2017) with the switches of its ablations and of what it leaves open. */
export const xception = z.strictObject({
  family: z.literal('xception'),
  stem: z
    .enum(['imagenet', 'cifar'])
    .default('imagenet')
    .describe('cifar: neither the stem nor the first block halves the size, for images of 32×32.'),
  width: positive.default(1).describe('Multiplies every width; 1 is the paper’s.'),
  middleBlocks: count.default(8).describe('Blocks of the middle flow; 8 in the paper.'),
  residual: z.boolean().default(true).describe('Shortcuts around the blocks.'),
  segments: z
    .union([count, z.literal('channels')])
    .default('channels')
    .describe(
      'Segments of the channels that do not see each other in a spatial convolution: 1 is a plain convolution, ' +
        '3 or 4 are like Inception, channels: one a channel, which is depthwise.',
    ),
  order: z
    .enum(['depthwise-first', 'pointwise-first'])
    .default('depthwise-first')
    .describe('Which half of a separable convolution comes first; pointwise-first as in Inception.'),
  betweenDepthwiseAndPointwise: z
    .enum(['none', 'relu', 'elu'])
    .default('none')
    .describe('Activation between the halves of a separable convolution.'),
  batchNormBetween: z
    .boolean()
    .default(false)
    .describe(
      'Batch norm between the halves, before the activation, as after each convolution of Inception.',
    ),
  spatiallySeparable: z.boolean().default(false).describe('1×3 then 3×1 in the place of 3×3.'),
  dropout: fraction.default(0).describe('Before the classifier; 0.5 in the paper.'),
  batchNorm: batchNorm(kerasBatchNorm),
});

export type XceptionConfig = z.infer<typeof xception>;

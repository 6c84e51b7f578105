import { z } from 'zod';
import { batchNorm, dropRate, blocks, channels, saying, torchBatchNorm } from '../../util/schema-parts.js';
import { attentionSlot, spatialSlot } from '../../operators/options.js';

const stage = saying('stages are 1 to 4');
/** The stages of a residual network whose blocks have the operator of its spatial slot. */
export const spatialStages = z
  .array(z.int().min(1, stage).max(4, stage))
  .refine((stages) => new Set(stages).size === stages.length, saying('a stage is named twice'))
  .default([1, 2, 3, 4])
  .describe('Stages with the operator of `spatial`; the others keep their 3×3 convolutions.');

/** What every network of bottleneck blocks lets one choose. */
export const bottleneckParts = {
  depth: z
    .union([z.literal(26), z.literal(38), z.literal(50), z.literal(101), z.literal(152)])
    .default(50)
    .describe('26: 1,2,4,1 blocks; 38: 2,3,5,2; 50: 3,4,6,3; 101: 3,4,23,3; 152: 3,8,36,3.'),
  blocks: z
    .array(blocks)
    .length(4)
    .nullable()
    .default(null)
    .describe('Blocks of the four stages in place of those of `depth`.'),
  spatialStages,
  width: channels
    .default(64)
    .describe('Bottleneck width of the first stage; it doubles from stage to stage.'),
  batchNorm: batchNorm(torchBatchNorm),
  zeroInitLast: z
    .boolean()
    .default(false)
    .describe(
      'Start the scale of the last batch norm of each block at 0, so that a block starts as identity.',
    ),
  dropConnect: dropRate
    .default(0)
    .describe(
      'Stochastic depth: block i of n is dropped at this rate times i / n, i from 0; from … to: a line over training.',
    ),
  dropout: dropRate.default(0).describe('Before the classifier.'),
} as const;

/** Bottleneck ResNet (He et al. 2016) with the stride on the spatial operator, a slot for any operator. */
export const resnet = z.strictObject({
  family: z.literal('resnet'),
  ...bottleneckParts,
  stem: z
    .enum(['imagenet', 'cifar'])
    .default('imagenet')
    .describe('imagenet: 7×7 convolution at stride 2 and max pooling; cifar: 3×3 at stride 1.'),
  spatial: spatialSlot('conv'),
  attention: attentionSlot(
    z.enum(['none', 'bn-relu']).default('none').describe('What stands between it and the sum.'),
  )
    .default({ type: 'none' })
    .describe('What stands after the last batch norm, before the sum.'),
});

export type ResNetConfig = z.infer<typeof resnet>;

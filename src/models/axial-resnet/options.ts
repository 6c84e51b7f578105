import { z } from 'zod';
import { spatialSlot } from '../../operators/options.js';
import { batchNorm, dropRate, blocks, renamed, torchBatchNorm, widening } from '../../util/schema-parts.js';
import { spatialStages } from '../resnet/options.js';

/** Residual network whose 3×3 convolutions are attention along the height, then along the width (Wang et al. 2020). */
export const axialResNet = renamed(
  z.strictObject({
    family: z.literal('axial-resnet'),
    depth: z
      .union([z.literal(26), z.literal(50)])
      .default(50)
      .describe('26: 1,2,4,1 blocks; 50: 3,4,6,3.'),
    blocks: z
      .array(blocks)
      .min(1)
      .max(4)
      .nullable()
      .default(null)
      .describe('Blocks of the stages, four at most, in place of those of `depth`.'),
    scale: widening
      .default(0.5)
      .describe('s: the stem has 64s channels, attention 128s, 256s, …; 0.5, 0.75, 1, 2: S, M, L, XL.'),
    stem: z
      .enum(['conv', 'axial', 'cifar', 'cifar-pool'])
      .default('conv')
      .describe(
        'conv: 7×7 at stride 2 and max pooling; axial: three blocks of axial attention and max pooling; cifar: 3×3 at stride 1; cifar-pool: the same and max pooling.',
      ),
    spatial: spatialSlot('axial-attention'),
    spatialStages,
    batchNorm: batchNorm(torchBatchNorm),
    zeroInitLast: z
      .boolean()
      .default(true)
      .describe('Start the scale of the last batch norm of each block at 0, as the authors do.'),
    dropConnect: dropRate
      .default(0)
      .describe(
        'Stochastic depth: block i of n is dropped at this rate times i / n, i from 0; from … to: a line over training.',
      ),
    dropout: dropRate.default(0).describe('Before the classifier.'),
  }),
  {
    groups: { to: 'spatial.heads' },
    span: { to: 'spatial.span' },
    tableSpan: { to: 'spatial.tableSpan' },
    positions: { to: 'spatial.positions' },
  },
);

export type AxialResNetConfig = z.infer<typeof axialResNet>;

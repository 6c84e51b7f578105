import { z } from 'zod';
import { batchNorm, dropRate, channels, count, saying, torchBatchNorm } from '../../util/schema-parts.js';
import { alpha, lowToHigh, octaveHead } from '../../operators/octconv/options.js';
import { spatialSlot } from '../../operators/options.js';

/** Wide ResNet (Zagoruyko and Komodakis 2016), plain or with octave convolutions. */
export const wideResNet = z.strictObject({
  family: z.literal('wide-resnet'),
  depth: count
    .max(6004)
    .refine((d) => d >= 10 && d % 6 === 4, saying('must be 6n + 4: 10, 16, 22, 28, 34, 40 …'))
    .default(28)
    .describe('d: three groups of n blocks with two 3×3 convolutions each are 6n + 4 layers.'),
  widen: channels.default(10).describe('k: the groups have 16k, 32k and 64k channels.'),
  alpha: alpha(0),
  lowToHigh: lowToHigh('unpooled'),
  head: octaveHead('gap-concat'),
  dropout: dropRate.default(0).describe('Between the two convolutions of a block.'),
  spatial: spatialSlot('conv').describe(
    'The operator in the place of the 3×3 convolutions that keep channels and size (alpha 0); the first one of a group is a convolution always.',
  ),
  batchNorm: batchNorm(torchBatchNorm),
});

export type WideResNetConfig = z.infer<typeof wideResNet>;

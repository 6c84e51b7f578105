import { z } from 'zod';
import { odd } from '../../util/schema-parts.js';
import { bottleneckParts } from '../resnet/options.js';
import { spatialSlot } from '../../operators/options.js';

/** RedNet (Li et al. 2021): a ResNet whose spatial convolutions are involutions, its stem too. */
export const rednet = z.strictObject({
  family: z.literal('rednet'),
  ...bottleneckParts,
  stem: z
    .enum(['imagenet', 'cifar'])
    .default('imagenet')
    .describe('cifar: no stride and no max pooling, for images of 32×32.'),
  stemKernelSize: odd
    .default(7)
    .describe(
      'K of the operator in the stem, where it has one: 7 gives the published figures, 3 is the released code.',
    ),
  spatial: spatialSlot('involution'),
});

export type RedNetConfig = z.infer<typeof rednet>;

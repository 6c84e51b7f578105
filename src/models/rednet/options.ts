import { z } from 'zod';
import { odd } from '../../util/schema-parts.js';
import { bottleneckParts } from '../resnet/options.js';
import { involutionSlot } from '../../operators/involution/options.js';

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
    .describe('K of the involution in the stem: 7 gives the published figures, 3 is the released code.'),
  spatial: involutionSlot.default({
    type: 'involution',
    generation: 'pixel',
    generator: 'paper',
    channelsPerGroup: 16,
    reductionRatio: 4,
    kernelSize: 7,
    dilation: 1,
    initialization: 'static',
  }),
});

export type RedNetConfig = z.infer<typeof rednet>;

import { z } from 'zod';
import { channels, odd } from '../../util/schema-parts.js';

/** Switches of a separable convolution (Chollet 2017), in Xception and as a spatial operator. */
export const separableParts = (batchNormBetween: boolean) =>
  ({
    segments: z
      .union([channels, z.literal('channels')])
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
      .default(batchNormBetween)
      .describe(
        'Batch norm between the halves, before the activation, as after each convolution of Inception.',
      ),
    spatiallySeparable: z.boolean().default(false).describe('1×k then k×1 in the place of k×k.'),
  }) as const;

export const depthwiseSeparable = z.strictObject({
  type: z.literal('depthwise-separable'),
  kernelSize: odd.default(3).describe('K, odd'),
  ...separableParts(true),
});

export type DepthwiseSeparableConfig = z.infer<typeof depthwiseSeparable>;

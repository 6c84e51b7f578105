import { z } from 'zod';
import { spatialSlot } from '../../operators/options.js';
import { batchNorm, channels, count, dropRate, saying, torchBatchNorm } from '../../util/schema-parts.js';

/** UPerNet (Xiao et al. 2018): a pyramid of maps whose coarsest has means of the whole image beside it, all put together. */
export const upernet = z.strictObject({
  type: z.literal('upernet'),
  levels: count
    .max(8)
    .default(4)
    .describe(
      'How many strides the pyramid has, from the coarsest on; those that the network has, if fewer.',
    ),
  channels: channels.default(512).describe('Of every map of the decoder.'),
  poolScales: z
    .array(count.max(64))
    .max(8)
    .refine((scales) => new Set(scales).size === scales.length, saying('a scale is named twice'))
    .default([1, 2, 3, 6])
    .describe('Bins along a side that the coarsest map is pooled into (pyramid pooling, Zhao et al. 2017).'),
  spatial: spatialSlot('conv').describe('What goes over each finer map once the one above has been added.'),
  batchNorm: batchNorm(torchBatchNorm),
  dropout: dropRate.default(0.1).describe('Before the classifier of the pixels.'),
});

export type UpernetConfig = z.infer<typeof upernet>;

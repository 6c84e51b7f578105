import { z } from 'zod';
import { batchNorm, channels, dropRate, odd, torchBatchNorm } from '../../util/schema-parts.js';

/** The decoder of Axial-DeepLab's semantic branch (Wang et al. 2020), which is Panoptic-DeepLab's without its pyramid. */
export const axialDeeplab = z.strictObject({
  type: z.literal('axial-deeplab'),
  channels: channels.default(256).describe('Of what the maps are brought together in, and of the head.'),
  lowLevel: z
    .array(channels)
    .max(7)
    .default([64, 32])
    .describe('Of the finer maps that are put beside it, from the coarser one on: as many as are named.'),
  kernelSize: odd.default(5).describe('Of the depthwise separable convolutions.'),
  batchNorm: batchNorm(torchBatchNorm),
  dropout: dropRate.default(0).describe('Before the classifier of the pixels.'),
});

export type AxialDeeplabConfig = z.infer<typeof axialDeeplab>;

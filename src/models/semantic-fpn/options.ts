import { z } from 'zod';
import { batchNorm, channels, count, dropRate, torchBatchNorm } from '../../util/schema-parts.js';
import { spatialSlot } from '../../operators/options.js';

const neck = z.strictObject({
  channels: channels.default(256).describe('Of every map of the pyramid.'),
  spatial: spatialSlot('conv').describe('What goes over each map once the one above has been added.'),
});

const head = z.strictObject({
  channels: channels.default(128).describe('Of what the maps are summed up in.'),
  spatial: spatialSlot('conv').describe('What stands before each doubling of a map’s size.'),
});

/** Semantic FPN (Kirillov et al. 2019): a pyramid of the maps of all strides, summed up at the finest. */
export const semanticFpn = z.strictObject({
  type: z.literal('semantic-fpn'),
  levels: count
    .max(8)
    .default(4)
    .describe(
      'How many strides the pyramid has, from the coarsest on; those that the network has, if fewer.',
    ),
  neck: neck.default(() => neck.parse({})),
  head: head.default(() => head.parse({})),
  batchNorm: batchNorm(torchBatchNorm),
  dropout: dropRate.default(0.1).describe('Before the classifier of the pixels.'),
});

export type SemanticFpnConfig = z.infer<typeof semanticFpn>;

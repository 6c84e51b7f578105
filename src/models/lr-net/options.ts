import { z } from 'zod';
import { channels } from '../../util/schema-parts.js';
import { bottleneckParts } from '../resnet/options.js';
import { spatialSlot } from '../../operators/options.js';

/** Local relation network (Hu et al. 2019): bottlenecks and a stem of local relation layers. */
export const lrNet = z.strictObject({
  family: z.literal('lr-net'),
  ...bottleneckParts,
  depth: z
    .union([z.literal(26), z.literal(50), z.literal(101)])
    .default(50)
    .describe('26: 2,2,2,2 blocks, which is another 26 than ResNet’s; 50: 3,4,6,3; 101: 3,4,23,3.'),
  width: channels
    .default(100)
    .describe('Bottleneck width of the first stage; it doubles from stage to stage.'),
  outputWidth: channels
    .default(256)
    .describe('Channels that the first stage puts out; they double likewise.'),
  stemWidth: channels.default(64).describe('Channels of the stem.'),
  stem: z
    .enum(['imagenet', 'cifar'])
    .default('imagenet')
    .describe('imagenet: local relation at stride 2 and max pooling; cifar: at stride 1, no pooling.'),
  spatial: spatialSlot('local-relation'),
});

export type LrNetConfig = z.infer<typeof lrNet>;

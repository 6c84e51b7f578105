import { z } from 'zod';
import { count, saying } from '../../util/schema-parts.js';
import { bottleneckParts } from '../resnet/options.js';
import { localAttentionSlot } from '../../operators/local-attention/options.js';

const stage = saying('stages are 1 to 4');
/** Stand-alone self-attention (Ramachandran et al. 2019): a ResNet whose 3×3 convolutions are local attention. */
export const sasaResnet = z.strictObject({
  family: z.literal('sasa-resnet'),
  ...bottleneckParts,
  stem: z
    .enum(['imagenet', 'cifar', 'attention'])
    .default('imagenet')
    .describe(
      'imagenet: 7×7 convolution at stride 2 and max pooling; cifar: 3×3 convolution at stride 1; ' +
        'attention: attention within 4×4 blocks and 4×4 max pooling ("full attention").',
    ),
  stemMixtures: count
    .default(4)
    .describe('M: value matrices that the attention stem mixes; the article does not give it.'),
  attentionStages: z
    .array(z.int().min(1, stage).max(4, stage))
    .refine((stages) => new Set(stages).size === stages.length, saying('a stage is named twice'))
    .default([1, 2, 3, 4])
    .describe('Stages with attention; the others keep their 3×3 convolutions.'),
  spatial: localAttentionSlot.default({
    type: 'local-attention',
    kernelSize: 7,
    heads: 8,
    channelsPerHead: null,
    relation: 'dot',
    position: 'relative',
    padding: 'mask',
  }),
});

export type SasaResNetConfig = z.infer<typeof sasaResnet>;

import { z } from 'zod';
import { channels, renamed } from '../../util/schema-parts.js';
import { bottleneckParts } from '../resnet/options.js';
import { spatialSlot } from '../../operators/options.js';

/** Stand-alone self-attention (Ramachandran et al. 2019): a ResNet whose 3×3 convolutions are local attention. */
export const sasaResnet = renamed(
  z.strictObject({
    family: z.literal('sasa-resnet'),
    ...bottleneckParts,
    stem: z
      .enum(['imagenet', 'cifar', 'attention'])
      .default('imagenet')
      .describe(
        'imagenet: 7×7 convolution at stride 2 and max pooling; cifar: 3×3 convolution at stride 1; ' +
          'attention: attention within 4×4 blocks and 4×4 max pooling ("full attention").',
      ),
    stemMixtures: channels
      .default(4)
      .describe('M: value matrices that the attention stem mixes; the article does not give it.'),
    spatial: spatialSlot('local-attention'),
  }),
  { attentionStages: { to: 'spatialStages' } },
);

export type SasaResNetConfig = z.infer<typeof sasaResnet>;

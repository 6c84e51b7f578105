import { z } from 'zod';
import { batchNorm, channels } from '../../util/schema-parts.js';
import { spatialSlot } from '../../operators/options.js';

/** The network of airbench (Jordan 2024), which is made to learn CIFAR-10 with as little work as possible. */
export const airbench = z.strictObject({
  family: z.literal('airbench'),
  stem: channels.default(24).describe('Channels of the 2×2 convolution at the start; 24 where it whitens.'),
  stemStride: z
    .union([z.literal(1), z.literal(2)])
    .default(1)
    .describe(
      'Stride of that convolution; 2, for images of more than 32×32, puts each 2×2 patch into one place. The paper has 1.',
    ),
  whitening: z
    .boolean()
    .default(false)
    .describe(
      'Whether the first kernel is computed from 5,000 training images and never trained, as in the paper; else it learns, with a batch norm behind it.',
    ),
  widths: z
    .array(channels)
    .length(3)
    .default([64, 256, 256])
    .describe('Channels of the three blocks; the paper has 64, 256, 256, and 128, 384, 384 for 95 %.'),
  spatial: spatialSlot('conv').describe(
    "The operator in the place of each block's second 3×3 convolution, which keeps channels and size.",
  ),
  initialization: z
    .enum(['he-normal', 'dirac'])
    .default('he-normal')
    .describe(
      "How 3×3 kernels start; with dirac, the paper's, as many filters as there are channels hand on one each.",
    ),
  activation: z
    .enum(['relu', 'swish', 'gelu'])
    .default('gelu')
    .describe('After the first convolution and each batch norm; the paper has GELU.'),
  useScale: z
    .boolean()
    .default(false)
    .describe('Whether batch norms have a scale; the paper leaves it at 1.'),
  batchNorm: batchNorm({ momentum: 0.6, epsilon: 1e-5 }),
});

export type AirbenchConfig = z.infer<typeof airbench>;

import { z } from 'zod';
import { spatialSlot } from '../../operators/options.js';
import { batchNorm, dropRate, kerasBatchNorm, widening } from '../../util/schema-parts.js';

/** Inception V3 (Szegedy et al. 2016) as Keras has it. */
export const inceptionV3 = z.strictObject({
  family: z.literal('inception-v3'),
  stem: z
    .enum(['imagenet', 'cifar'])
    .default('imagenet')
    .describe('cifar: a stem without stride and pooling, and SAME padding throughout, for images of 32×32.'),
  width: widening.default(1).describe('Multiplies every width; 1 is the paper’s.'),
  spatial: spatialSlot('conv').describe(
    'The operator in the place of the 3×3 convolutions that keep channels and size; those that widen, or have a stride or no padding, are convolutions always.',
  ),
  dropout: dropRate.default(0).describe('Before the classifier.'),
  batchNorm: batchNorm(kerasBatchNorm),
});

export type InceptionV3Config = z.infer<typeof inceptionV3>;

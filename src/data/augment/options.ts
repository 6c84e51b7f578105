import { z } from 'zod';
import { fraction, positive } from '../../util/schema-parts.js';

/** Augmentation of training images and the normalisation of all. */
export const augment = z
  .strictObject({
    flip: z.boolean().default(true).describe('Mirror left and right with probability ½.'),
    shiftCrop: z.int().min(0).default(0).describe('Shift by up to this many pixels, zero padded.'),
    randomResizedCrop: z
      .strictObject({
        scale: z.tuple([fraction, fraction]).default([0.35, 1]),
        ratio: z.tuple([positive, positive]).default([0.75, 1.3333]),
      })
      .nullable()
      .default(null)
      .describe('Crop of random area and aspect ratio, resized to the input size (Szegedy et al. 2015).'),
    normalize: z
      .enum(['unit', 'imagenet', 'symmetric'])
      .default('imagenet')
      .describe('unit: 0…1; imagenet: minus mean, over deviation of ImageNet; symmetric: −1…1.'),
  })
  .describe('Augmentation of training images and the normalisation of all.');

export type AugmentConfig = Readonly<z.infer<typeof augment>>;

import { z } from 'zod';
import { saying } from '../../util/schema-parts.js';

const area = z.number().min(0.001).max(1);
const ratio = z.number().min(0.01).max(100);
const isRange = ([low, high]: [number, number]): boolean => low <= high;
const rising = saying('goes from the smaller to the larger value');

/** Augmentation of training images and the normalisation of all. */
export const augment = z
  .strictObject({
    flip: z.boolean().default(true).describe('Mirror left and right with probability ½.'),
    shiftCrop: z.int().min(0).max(1023).default(0).describe('Shift by up to this many pixels, zero padded.'),
    randomResizedCrop: z
      .strictObject({
        scale: z
          .tuple([area, area])
          .refine(isRange, rising)
          .default([0.35, 1])
          .describe('Share of the area, from the smallest to the largest.'),
        ratio: z
          .tuple([ratio, ratio])
          .refine(isRange, rising)
          .default([0.75, 1.3333])
          .describe('Width over height, from the smallest to the largest.'),
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

import { z } from 'zod';
import { fraction, saying } from '../../util/schema-parts.js';
import { mixing, refuseTooMuchMixing } from './mixing/options.js';
import { fill, interpolation } from './parts-options.js';
import { policy } from './policies/options.js';

const area = z.number().min(0.001).max(1);
const ratio = z.number().min(0.01).max(100);
const scaleFactor = z.number().min(0.1).max(10);
const isRange = ([low, high]: [number, number]): boolean => low <= high;
const rising = saying('goes from the smaller to the larger value');

/** A factor is drawn from 1 − x … 1 + x, or from the range itself. */
const factor = (what: string) => {
  const value = z.number().min(0).max(10);
  return z
    .union([value, z.tuple([value, value]).refine(isRange, rising)])
    .default(0)
    .describe(`${what}: a factor from max(0, 1 − x) to 1 + x, or from the range [low, high].`);
};
const turn = z.number().min(-0.5).max(0.5);

/** Augmentation of training images and the normalisation of all. */
export const augment = z
  .strictObject({
    flip: z
      .union([z.boolean(), z.literal('alternating')])
      .default(true)
      .describe(
        'Mirror left and right with probability ½; alternating: so in the first epoch, and in every other one from then on (Jordan 2024).',
      ),
    shiftCrop: z.int().min(0).max(1023).default(0).describe('Shift by up to this many pixels, padded.'),
    paddingMode: z
      .enum(['constant', 'edge', 'reflect', 'symmetric'])
      .default('constant')
      .describe(
        'What a shift lets in: black, the outermost pixels, or the image mirrored without or with them.',
      ),
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
    randomScale: z
      .tuple([scaleFactor, scaleFactor])
      .refine(isRange, rising)
      .nullable()
      .default(null)
      .describe(
        'Larger or smaller by a factor from the range [low, high], then cropped at random or padded in black to the input size.',
      ),
    rotation: z
      .strictObject({
        degrees: z.number().min(0).max(180).describe('An angle up to this many degrees in either direction.'),
        interpolation: interpolation.describe('Between pixels.'),
        fill: fill.describe('What comes in from outside, 0…255: one value, or red, green and blue.'),
      })
      .nullable()
      .default(null)
      .describe('Turn by a random angle about the middle.'),
    policy,
    colorJitter: z
      .strictObject({
        brightness: factor('Brightness'),
        contrast: factor('Contrast'),
        saturation: factor('Saturation'),
        hue: z
          .union([z.number().min(0).max(0.5), z.tuple([turn, turn]).refine(isRange, rising)])
          .default(0)
          .describe('Hue: turned by −x … x of the circle of hues, or by the range [low, high].'),
      })
      .nullable()
      .default(null)
      .describe('Change of brightness, contrast, saturation and hue by random factors in random order.'),
    grayscale: fraction.default(0).describe('Share of the images that lose their colours.'),
    normalize: z
      .enum(['unit', 'imagenet', 'symmetric', 'cifar10'])
      .default('imagenet')
      .describe('unit: 0…1; imagenet, cifar10: minus mean, over deviation of these data; symmetric: −1…1.'),
    randomErasing: z
      .strictObject({
        probability: fraction.default(0.5).describe('Share of the images that lose a rectangle.'),
        scale: z
          .tuple([area, area])
          .refine(isRange, rising)
          .default([0.02, 0.33])
          .describe('Share of the area, from the smallest to the largest.'),
        ratio: z
          .tuple([ratio, ratio])
          .refine(isRange, rising)
          .default([0.3, 3.3])
          .describe('Height over width, from the smallest to the largest.'),
        value: z
          .union([z.number().min(-100).max(100), z.literal('random')])
          .default(0)
          .describe('What is put there after normalisation; random: a standard normal number each.'),
      })
      .nullable()
      .default(null)
      .describe('Put a random rectangle out of sight, after normalisation (Zhong et al. 2020).'),
    ...mixing,
  })
  .superRefine(refuseTooMuchMixing)
  .describe('Augmentation of training images and the normalisation of all.');

export type AugmentConfig = Readonly<z.infer<typeof augment>>;

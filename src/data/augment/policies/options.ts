import { z } from 'zod';
import { fill, interpolation } from '../parts-options.js';

/** How the geometric operations of a policy draw. */
const drawing = {
  interpolation: interpolation.describe('Between pixels, where a policy shears, moves or turns.'),
  fill: fill.describe('What comes in from outside, where a policy shears, moves or turns.'),
};

const numMagnitudeBins = z
  .int()
  .min(2)
  .max(1001)
  .default(31)
  .describe('Steps from the least to the greatest magnitude.');

/** Draws operations for each image (AutoAugment and what came of it), as torchvision's classes of these names. */
export const policy = z
  .discriminatedUnion('name', [
    z
      .strictObject({
        name: z.literal('rand-augment'),
        numOps: z
          .int()
          .min(1)
          .max(20)
          .default(2)
          .describe('Operations that an image gets, one after another.'),
        magnitude: z.int().min(0).default(9).describe('The step of all operations, of numMagnitudeBins.'),
        numMagnitudeBins,
        ...drawing,
      })
      .refine(({ magnitude, numMagnitudeBins: bins }) => magnitude < bins, {
        path: ['magnitude'],
        error: ({ input }) => {
          const { magnitude, numMagnitudeBins: bins } = input as {
            magnitude: number;
            numMagnitudeBins: number;
          };
          return `must be below numMagnitudeBins (${bins}), received ${magnitude}`;
        },
      }),
    z.strictObject({
      name: z.literal('auto-augment'),
      policy: z
        .enum(['imagenet', 'cifar10', 'svhn'])
        .default('imagenet')
        .describe('The data that the policy was found for.'),
      ...drawing,
    }),
    z.strictObject({
      name: z.literal('trivial-augment-wide'),
      numMagnitudeBins,
      ...drawing,
    }),
  ])
  .nullable()
  .default(null)
  .describe('Operations drawn for each image: RandAugment, AutoAugment or TrivialAugment.');

export type PolicyConfig = Readonly<NonNullable<z.infer<typeof policy>>>;

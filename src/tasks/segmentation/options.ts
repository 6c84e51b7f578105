import { z } from 'zod';
import { count } from '../../util/schema-parts.js';

const onlineHardPixels = z.strictObject({
  minKept: count.describe(
    'Pixels of each image that are learned from at least: those with the largest losses.',
  ),
  thresh: z
    .number()
    .gt(0)
    .lt(1)
    .nullable()
    .default(null)
    .describe('And all whose own class has a probability below this; null: no others.'),
});

export type OnlineHardPixels = Readonly<z.infer<typeof onlineHardPixels>>;

/** What training on masks can be told, beside what any training can. */
export const segmentationTraining = {
  classWeights: z
    .array(z.number().min(0).max(1e4))
    .min(2)
    .optional()
    .describe('Of masks: how much a pixel of each class counts in the loss, in the order of the classes.'),
  onlineHardPixels: onlineHardPixels
    .optional()
    .describe('Of masks: the loss of training is that of the hardest pixels of each image alone.'),
};

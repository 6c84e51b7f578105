import { z } from 'zod';

/** What training on masks can be told, beside what any training can. */
export const segmentationTraining = {
  classWeights: z
    .array(z.number().min(0).max(1e4))
    .min(2)
    .optional()
    .describe('Of masks: how much a pixel of each class counts in the loss, in the order of the classes.'),
};

import { z } from 'zod';

const smoothing = z.number().min(0).lt(1);

/** What a classifier's training can be told, beside what any training can. */
export const classificationTraining = {
  labelSmoothing: z
    .union([smoothing, z.strictObject({ from: smoothing, to: smoothing })])
    .default(0)
    .describe('Share of the label that all classes have in common; from … to: a line over training.'),
};

export type LabelSmoothing = z.infer<typeof classificationTraining.labelSmoothing>;

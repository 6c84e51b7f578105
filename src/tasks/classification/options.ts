import { z } from 'zod';
import { overTraining } from '../../util/schema-parts.js';

/** What a classifier's training can be told, beside what any training can. */
export const classificationTraining = {
  labelSmoothing: overTraining(z.number().min(0).lt(1))
    .default(0)
    .describe('Share of the label that all classes have in common; from … to: a line over training.'),
};

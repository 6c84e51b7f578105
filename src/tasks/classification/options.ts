import { z } from 'zod';

/** What a classifier's training can be told, beside what any training can. */
export const classificationTraining = {
  labelSmoothing: z.number().min(0).lt(1).default(0),
};

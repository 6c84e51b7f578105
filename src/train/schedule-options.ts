import { z } from 'zod';
import { duration } from '../util/schema-parts.js';

/** Learning-rate schedules, told apart by `name`. */
export const schedule = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant'), warmUp: duration.nullable().default(null) }),
  z.strictObject({
    name: z.literal('plateau'),
    factor: z.number().gt(0).lt(1).default(0.1),
    patience: z.int().min(1).default(10).describe('Epochs without a lower val_loss.'),
    threshold: z
      .number()
      .min(0)
      .default(1e-4)
      .describe('Relative: an epoch counts as better below best·(1 − threshold).'),
    maxReductions: z.int().min(0).default(3).describe('Reductions before `until: plateau` stops.'),
    minimum: z.number().min(0).default(0),
    warmUp: duration.nullable().default(null),
  }),
  z.strictObject({
    name: z.literal('step'),
    factor: z.number().gt(0).lt(1).default(0.1),
    at: z.array(duration).min(1).describe('When to multiply by the factor.'),
    warmUp: duration.nullable().default(null),
  }),
  z.strictObject({
    name: z.literal('cosine'),
    minimum: z.number().min(0).default(0),
    warmUp: duration.nullable().default(null),
  }),
]);

export type ScheduleConfig = Readonly<z.infer<typeof schedule>>;

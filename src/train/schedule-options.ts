import { z } from 'zod';
import { duration, epochs } from '../util/schema-parts.js';

/** Times in the order in which they come, as far as the same unit tells. */
const milestones = z
  .array(duration)
  .min(1)
  .superRefine((at, context) => {
    for (const [i, each] of at.entries()) {
      const before = at[i - 1];
      if (before === undefined) continue;
      const [earlier, later] =
        'epochs' in each && 'epochs' in before
          ? [before.epochs, each.epochs]
          : 'steps' in each && 'steps' in before
            ? [before.steps, each.steps]
            : [0, 1];
      if (earlier < later) continue;
      context.addIssue({
        code: 'custom',
        path: [i],
        message: `each time must come after the one before it, received ${later} after ${earlier}`,
      });
    }
  });

/** Learning-rate schedules, told apart by `name`. */
export const schedule = z.discriminatedUnion('name', [
  z.strictObject({ name: z.literal('constant'), warmUp: duration.nullable().default(null) }),
  z.strictObject({
    name: z.literal('plateau'),
    factor: z.number().gt(0).lt(1).default(0.1),
    patience: epochs.default(10).describe('Epochs without a lower val_loss.'),
    threshold: z
      .number()
      .min(0)
      .lt(1)
      .default(1e-4)
      .describe('Relative: an epoch counts as better below best·(1 − threshold).'),
    maxReductions: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(3)
      .describe('Reductions before `until: plateau` stops.'),
    minimum: z.number().min(0).default(0),
    warmUp: duration.nullable().default(null),
  }),
  z.strictObject({
    name: z.literal('step'),
    factor: z.number().gt(0).lt(1).default(0.1),
    at: milestones.describe('When to multiply by the factor, one after the other.'),
    warmUp: duration.nullable().default(null),
  }),
  z.strictObject({
    name: z.literal('cosine'),
    minimum: z.number().min(0).default(0),
    warmUp: duration.nullable().default(null),
  }),
]);

export type ScheduleConfig = Readonly<z.infer<typeof schedule>>;

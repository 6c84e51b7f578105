import { z } from 'zod';
import { duration } from '../util/schema-parts.js';

/** What a run tells of itself while it trains. */
export const log = z.strictObject({
  every: duration.default({ steps: 10 }).describe('How often progress is reported within an epoch.'),
  tensorboard: z
    .boolean()
    .default(false)
    .describe('Write event files into the run folder, for `tensorboard --logdir runs`.'),
});

export type LogConfig = Readonly<z.infer<typeof log>>;

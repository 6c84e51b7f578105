import { z } from 'zod';

/** Nothing, in a spatial slot: the control of every operator. */
export const identity = z.strictObject({ type: z.literal('identity') });

export type IdentityConfig = z.infer<typeof identity>;

import { z } from 'zod';
import { odd } from '../../util/schema-parts.js';

/** A plain convolution, in a spatial slot. */
export const conv = z.strictObject({
  type: z.literal('conv'),
  kernelSize: odd.default(3).describe('K, odd'),
});

export type ConvConfig = z.infer<typeof conv>;

import { z } from 'zod';
import { channels } from '../../util/schema-parts.js';

/** Squeeze-and-excitation (Hu et al. 2018); what the squeezed width is a share of is the network's. */
export const squeezeExcite = z.strictObject({
  type: z.literal('se'),
  reductionRatio: channels
    .default(16)
    .describe('r: the squeezed width is that of the block over r, floored.'),
});

export type SqueezeExciteConfig = z.infer<typeof squeezeExcite>;

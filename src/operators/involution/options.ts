import { z } from 'zod';
import { count, odd } from '../../util/schema-parts.js';

/** Involution in a spatial slot. */
export const involutionSlot = z.strictObject({
  type: z.literal('involution'),
  generation: z
    .enum(['pixel', 'query-key', 'query-key-softmax', 'position'])
    .default('pixel')
    .describe(
      'What a kernel is made from. pixel: the pixel there, by `generator`; query-key: its product with each ' +
        'neighbour; query-key-softmax: that after a softmax; position: the place in the window alone.',
    ),
  generator: z
    .enum(['paper', 'linear'])
    .default('paper')
    .describe('paper: reduce, BN, ReLU, span; linear: reduce, span.'),
  channelsPerGroup: count.default(16).describe('C/G: channels that share a kernel.'),
  reductionRatio: count.default(4).describe('r'),
  kernelSize: odd.default(7).describe('K, odd'),
  dilation: count.default(1),
  initialization: z.enum(['static', 'reference']).default('static').describe('How the generator starts.'),
});

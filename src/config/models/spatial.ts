import { z } from 'zod';
import { count, odd } from '../schema-parts.js';
import { octaveSlot } from './octave.js';

/** The operators that fit a network's spatial slot: where its k×k convolution stands. */

const kernelSize = (side: number) => odd.default(side).describe('K, odd');

const conv = z.strictObject({
  type: z.literal('conv'),
  kernelSize: kernelSize(3),
});

const depthwiseSeparable = z.strictObject({
  type: z.literal('depthwise-separable'),
  kernelSize: kernelSize(3),
});

export const involutionSlot = z.strictObject({
  type: z.literal('involution'),
  generator: z
    .enum(['paper', 'linear'])
    .default('paper')
    .describe('paper: reduce, BN, ReLU, span; linear: reduce, span.'),
  channelsPerGroup: count.default(16).describe('C/G: channels that share a kernel.'),
  reductionRatio: count.default(4).describe('r'),
  kernelSize: kernelSize(7),
  dilation: count.default(1),
  initialization: z.enum(['static', 'reference']).default('static').describe('How the generator starts.'),
});

export const spatial = z
  .discriminatedUnion('type', [conv, depthwiseSeparable, involutionSlot, octaveSlot])
  .describe('The operator in the place of the k×k convolution.');

export type SpatialConfig = z.infer<typeof spatial>;

import { z } from 'zod';
import { count, odd } from '../schema-parts.js';
import { octaveSlot } from './octave.js';
import { axialParts } from './axial-resnet.js';
import { mapping, pairwise, patchwise } from './san-relation.js';

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

const sanParts = {
  mapping,
  reductionRatio: count.default(4).describe('The related features have ⌊C/r⌋ channels.'),
  share: count.default(8).describe('Channels that share a weight; divides the channels.'),
  kernelSize: kernelSize(7),
} as const;

const sanPairwise = z.strictObject({ type: z.literal('san-pairwise'), ...pairwise, ...sanParts });
const sanPatchwise = z.strictObject({ type: z.literal('san-patchwise'), ...patchwise, ...sanParts });

const axialAttention = z.strictObject({ type: z.literal('axial-attention'), ...axialParts });

export const spatial = z
  .discriminatedUnion('type', [
    conv,
    depthwiseSeparable,
    involutionSlot,
    octaveSlot,
    sanPairwise,
    sanPatchwise,
    axialAttention,
  ])
  .describe('The operator in the place of the k×k convolution.');

export type SpatialConfig = z.infer<typeof spatial>;

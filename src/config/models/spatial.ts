import { z } from 'zod';
import { count, odd } from '../schema-parts.js';
import { octaveSlot } from './octave.js';
import { axialParts } from './axial-resnet.js';
import { mapping, pairwise, patchwise } from './san-relation.js';
import { separableParts } from './separable.js';

/** The operators that fit a network's spatial slot: where its k×k convolution stands. */

const kernelSize = (side: number) => odd.default(side).describe('K, odd');

const conv = z.strictObject({
  type: z.literal('conv'),
  kernelSize: kernelSize(3),
});

const depthwiseSeparable = z.strictObject({
  type: z.literal('depthwise-separable'),
  kernelSize: kernelSize(3),
  ...separableParts(true),
});

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
export const localAttentionSlot = z.strictObject({
  type: z.literal('local-attention'),
  kernelSize: kernelSize(7),
  heads: count.default(8).describe('N'),
  channelsPerHead: count
    .nullable()
    .default(null)
    .describe('C/N: channels that share their weights, the same at every width; takes the place of `heads`.'),
  relation: z
    .enum(['dot', 'none'])
    .default('dot')
    .describe('dot: logits q·k; none: no keys, logits from positions alone.'),
  position: z.enum(['relative', 'none']).default('relative').describe('relative: logits q·r of the offset.'),
  padding: z
    .enum(['mask', 'zero'])
    .default('mask')
    .describe('Beyond the border: mask: left out; zero: keys and values of zero, which take weight.'),
});

export const localRelationSlot = z.strictObject({
  type: z.literal('local-relation'),
  kernelSize: kernelSize(7),
  channelsPerGroup: count
    .default(8)
    .describe('m: channels that share their weights; the last group may be smaller.'),
  relation: z
    .enum(['squared-difference', 'absolute-difference', 'product'])
    .default('squared-difference')
    .describe('Φ of query and key.'),
  geometryPrior: z.boolean().default(true).describe('g: whether logits know the offset of the key.'),
});

export const spatial = z
  .discriminatedUnion('type', [
    conv,
    depthwiseSeparable,
    involutionSlot,
    octaveSlot,
    sanPairwise,
    sanPatchwise,
    axialAttention,
    localAttentionSlot,
    localRelationSlot,
  ])
  .describe('The operator in the place of the k×k convolution.');

export type SpatialConfig = z.infer<typeof spatial>;

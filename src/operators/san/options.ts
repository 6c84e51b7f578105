import { z } from 'zod';
import { count, odd } from '../../util/schema-parts.js';

/** Choices of the self-attention of SAN (Zhao et al. 2020), as a network and as a spatial operator. */

export const pairwise = {
  relation: z
    .enum(['subtraction', 'sum', 'hadamard', 'concatenation', 'dot'])
    .default('subtraction')
    .describe('How the features of two places are related.'),
  position: z.boolean().default(true).describe('Whether the offset of the places is part of the relation.'),
} as const;

export const patchwise = {
  relation: z
    .enum(['concatenation', 'star', 'clique'])
    .default('concatenation')
    .describe('concatenation of all features; star: products with the centre; clique: of all pairs.'),
} as const;

export const mapping = z
  .enum(['L', 'LRL', 'LRLRL'])
  .default('LRL')
  .describe('γ, from the relation to the weights: L linear, R ReLU.');

const sanParts = {
  mapping,
  reductionRatio: count.default(4).describe('The related features have ⌊C/r⌋ channels.'),
  share: count.default(8).describe('Channels that share a weight; divides the channels.'),
  kernelSize: odd.default(7).describe('K, odd'),
} as const;

export const sanPairwise = z.strictObject({ type: z.literal('san-pairwise'), ...pairwise, ...sanParts });
export const sanPatchwise = z.strictObject({ type: z.literal('san-patchwise'), ...patchwise, ...sanParts });

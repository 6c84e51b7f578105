import { z } from 'zod';
import { channels, odd, renamed } from '../../util/schema-parts.js';
import { channelsOfGroup, groups, position } from '../group-options.js';

/** Choices of the self-attention of SAN (Zhao et al. 2020), as a network and as an operator. */

export const pairwise = {
  relation: z
    .enum(['subtraction', 'sum', 'hadamard', 'concatenation', 'dot'])
    .default('subtraction')
    .describe('How the features of two places are related.'),
  position: position
    .default('relative')
    .describe('relative: the offset of the places is part of the relation.'),
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

export const sanGroups = groups
  .default({ channels: 8 })
  .describe('How many, or channels that share a weight; they divide the channels.');

/** Whether there is a position was true or false. */
export const renamedPosition = {
  position: {
    to: 'position',
    value: (old: unknown) => ({ true: 'relative', false: 'none' })[String(old)] ?? old,
  },
};
export const renamedShare = channelsOfGroup('share');

const sanParts = {
  mapping,
  reductionRatio: channels.default(4).describe('The related features have ⌊C/r⌋ channels.'),
  groups: sanGroups,
  kernelSize: odd.default(7).describe('K, odd'),
} as const;

export const sanPairwise = renamed(
  z.strictObject({ type: z.literal('san-pairwise'), ...pairwise, ...sanParts }),
  { ...renamedShare, ...renamedPosition },
);
export const sanPatchwise = renamed(
  z.strictObject({ type: z.literal('san-patchwise'), ...patchwise, ...sanParts }),
  renamedShare,
);

export type SanPairwiseConfig = z.infer<typeof sanPairwise>;
export type SanPatchwiseConfig = z.infer<typeof sanPatchwise>;

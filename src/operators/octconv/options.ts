import { z } from 'zod';
import { channels, fraction, odd } from '../../util/schema-parts.js';

/** What octave convolutions let one choose, in every family. */

export const alpha = (share: number) =>
  fraction.default(share).describe('α: share of the channels that are kept at half the resolution, 0…1.');

const heads = ['concat-gap', 'gap-concat'] as const;
export type OctaveHead = (typeof heads)[number];

export const octaveHead = (head: OctaveHead) =>
  z
    .enum(heads)
    .default(head)
    .describe(
      'How the parts become one where alpha > 0. concat-gap: high is averaged to the size of low, concatenated, 1×1 convolution, BN, ReLU, global average; gap-concat: the global averages are concatenated.',
    );

const kinds = ['full', 'depthwise', 'separable'] as const;
export type OctaveKind = (typeof kinds)[number];

/** Octave convolution in the place of a convolution on one tensor. */
export const octconv = z.strictObject({
  type: z.literal('octconv'),
  alpha: alpha(0.5),
  kernelSize: odd.default(3).describe('K, odd'),
  groups: channels.default(1).describe('Groups of each of the four paths, which do not see each other.'),
  kind: z
    .enum(kinds)
    .default('full')
    .describe('depthwise: no path between the parts; separable: depthwise, then a 1×1 octave convolution.'),
});

export type OctConvConfig = z.infer<typeof octconv>;

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

const lowToHighPaths = ['unpooled', 'pooled'] as const;
export type LowToHigh = (typeof lowToHighPaths)[number];

export const lowToHigh = (path: LowToHigh) =>
  z
    .enum(lowToHighPaths)
    .default(path)
    .describe(
      'What a convolution with stride 2 makes of the low part for the high one. unpooled: it has the size of what comes ' +
        'out already, and is convolved as it is, as in the authors’ code; pooled: averaged with all that comes in, ' +
        'convolved at half of that size, and upsampled.',
    );

const kinds = ['full', 'depthwise', 'separable'] as const;
export type OctaveKind = (typeof kinds)[number];

/** Octave convolution in the place of a convolution on one tensor. */
export const octconv = z.strictObject({
  type: z.literal('octconv'),
  alpha: alpha(0.5),
  kernelSize: odd.default(3).describe('K, odd'),
  lowToHigh: lowToHigh('pooled'),
  groups: channels.default(1).describe('Groups of each of the four paths, which do not see each other.'),
  kind: z
    .enum(kinds)
    .default('full')
    .describe('depthwise: no path between the parts; separable: depthwise, then a 1×1 octave convolution.'),
});

export type OctConvConfig = z.infer<typeof octconv>;

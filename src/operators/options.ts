import { z } from 'zod';
import { axialAttention } from './axial-attention/options.js';
import { conv } from './conv/options.js';
import { depthwiseSeparable } from './depthwise-separable/options.js';
import { involutionSlot } from './involution/options.js';
import { localAttentionSlot } from './local-attention/options.js';
import { localRelationSlot } from './local-relation/options.js';
import { octaveSlot } from './octconv/options.js';
import { sanPairwise, sanPatchwise } from './san/options.js';

/** The operators that fit a network's spatial slot: where its k×k convolution stands. */
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

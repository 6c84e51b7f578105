import type { Blueprint, Node } from '../../layers/blueprint.js';
import { channelsOf } from '../../layers/operator-layer.js';
import { channelsPerGroup } from '../groups.js';
import type { Operator, Place } from '../operator.js';
import { SelfAttentionModule, type RelationOptions } from './layer.js';
import type { SanPairwiseConfig, SanPatchwiseConfig } from './options.js';

/** Self-attention that relates two places; a stride averages what it puts out. */
export const sanPairwise: Operator<SanPairwiseConfig> = {
  canDilate: false,
  canStride: true,
  shows: ['attention'],
  place: (net, x, options, place) =>
    placeModule(net, x, options, place, {
      type: 'pairwise',
      relation: options.relation,
      position: options.position === 'relative',
    }),
  variants: {
    'san-pairwise-sum': { relation: 'sum' },
    'san-pairwise-hadamard': { relation: 'hadamard' },
    'san-pairwise-concatenation': { relation: 'concatenation' },
    'san-pairwise-dot': { relation: 'dot' },
    'san-pairwise-no-position': { position: 'none' },
    'san-pairwise-L': { mapping: 'L' },
    'san-pairwise-LRLRL': { mapping: 'LRLRL' },
    'san-pairwise-3': { kernelSize: 3 },
  },
};

/** Self-attention that relates the whole patch. */
export const sanPatchwise: Operator<SanPatchwiseConfig> = {
  canDilate: false,
  canStride: true,
  shows: ['kernels'],
  place: (net, x, options, place) =>
    placeModule(net, x, options, place, { type: 'patchwise', relation: options.relation }),
  variants: {
    'san-patchwise-star': { relation: 'star' },
    'san-patchwise-clique': { relation: 'clique' },
    'san-patchwise-L': { mapping: 'L' },
    'san-patchwise-LRLRL': { mapping: 'LRLRL' },
  },
};

// --- internal ---

function placeModule(
  net: Blueprint,
  x: Node,
  options: SanPairwiseConfig | SanPatchwiseConfig,
  place: Place,
  relation: RelationOptions,
): Node {
  const { mapping, reductionRatio, kernelSize } = options;
  const { name, stride, batchNorm } = place;
  const channels = channelsOf(x.shape);
  const layer = new SelfAttentionModule({
    ...relation,
    name,
    stride,
    batchNorm,
    mapping,
    kernelSize,
    filters: channels,
    relationChannels: Math.max(1, Math.floor(channels / reductionRatio)),
    share: channelsPerGroup(channels, options.groups, place),
  });
  return net.add(layer, x);
}

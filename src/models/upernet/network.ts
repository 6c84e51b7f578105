import type { UpernetConfig } from './options.js';
import { Add } from '../../layers/add.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { Concatenate } from '../../layers/concatenate.js';
import { AdaptiveAveragePooling } from '../../layers/pooling.js';
import { Resizing } from '../../layers/resizing.js';
import { deepestOfStrides, dropoutOf, type FeatureMap, type Features } from '../features.js';
import { normalisedConvolution, normalisedOperator } from '../normalised-operator.js';

/**
 * UPerNet's decoder for one task (Xiao et al. 2018, "Unified Perceptual Parsing for Scene Understanding", section 3.1 and
 * figure 4), as mmsegmentation's `UPerHead` has it: means of the coarsest map over bins of several sizes beside it (pyramid
 * pooling, Zhao et al. 2017, section 3.2) and a 3×3 convolution over all; each finer map by a 1×1 convolution, plus the one
 * above, and the operator of `spatial` over each sum; all of them at the size of the finest beside one another, and a 3×3
 * convolution over those. Batch norm and ReLU after each, bilinear interpolation throughout: [H/4,W/4,channels] of a network
 * whose finest stride is 4.
 * @throws InvolveError when the operator does not fit the channels or the size
 */
export function upernet(net: Blueprint, features: Features, config: UpernetConfig): Features {
  const levels = deepestOfStrides(features.maps).slice(-config.levels);
  const [finest] = levels;
  const pyramid = topDown(net, levels, config);
  const maps = pyramid.map((node, i) =>
    i === 0 ? node : resized(net, node, finest!.node, `head/${levels[i]!.name}/resize`),
  );
  const { channels, batchNorm, dropout } = config;
  const fused = normalisedConvolution(net, beside(net, maps, 'head/all'), 3, {
    name: 'head/fuse',
    channels,
    batchNorm,
  });
  return {
    maps: [...features.maps, { name: 'head', stride: finest!.stride, node: fused }],
    last: fused,
    dropout: dropoutOf(dropout),
    isDecoded: true,
  };
}

// --- internal ---

/** The maps from the finest on: the coarsest with its means, of the others the operator over what they are summed up to. */
function topDown(net: Blueprint, levels: readonly FeatureMap[], config: UpernetConfig): Node[] {
  const { channels, batchNorm, spatial } = config;
  const [coarsest, ...finer] = levels.toReversed();
  let sum = withMeans(net, coarsest!, config);
  const maps = [sum];
  for (const { name: level, node } of finer) {
    const name = `neck/${level}`;
    const lateral = normalisedConvolution(net, node, 1, { name: `${name}/lateral`, channels, batchNorm });
    const above = resized(net, sum, lateral, `${name}/above`);
    sum = net.add(new Add({ name: `${name}/add` }), lateral, above);
    const slot = 'model.decoder.spatial';
    maps.unshift(normalisedOperator(net, sum, spatial, { name, channels, batchNorm, slot }));
  }
  return maps;
}

/** Pyramid pooling: a map beside its own means over the bins of each scale, brought together by a 3×3 convolution. */
function withMeans(
  net: Blueprint,
  { name: level, node }: FeatureMap,
  { channels, poolScales, batchNorm }: UpernetConfig,
): Node {
  const means = poolScales.map((bins) => {
    const name = `neck/${level}/bins${bins}`;
    const pooled = net.add(new AdaptiveAveragePooling({ name: `${name}/pool`, bins }), node);
    const reduced = normalisedConvolution(net, pooled, 1, { name: `${name}/reduce`, channels, batchNorm });
    return resized(net, reduced, node, `${name}/resize`);
  });
  const all = beside(net, [node, ...means], `neck/${level}/all`);
  return normalisedConvolution(net, all, 3, { name: `neck/${level}/fuse`, channels, batchNorm });
}

function resized(net: Blueprint, x: Node, like: Node, name: string): Node {
  return net.add(new Resizing({ name, interpolation: 'bilinear' }), x, like);
}

function beside(net: Blueprint, maps: readonly Node[], name: string): Node {
  return maps.length === 1 ? maps[0]! : net.add(new Concatenate({ name }), ...maps);
}

import type { SemanticFpnConfig } from './options.js';
import { Add } from '../../layers/add.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { Convolution } from '../../layers/convolution.js';
import { isHalf, Resizing } from '../../layers/resizing.js';
import { placeOperator } from '../../operators/index.js';
import { deepestOfStrides, dropoutOf, type FeatureMap, type Features } from '../features.js';
import { normalisedOperator } from '../normalised-operator.js';

/**
 * Semantic FPN (Kirillov et al. 2019, "Panoptic Feature Pyramid Networks", section 3 and figure 3), in the numbers of
 * mmsegmentation's `fpn_r50`: the deepest map of every stride by a 1×1 convolution to the channels of the neck, each
 * plus the one above it, doubled; over each sum the neck's operator. Then each map to the size of the finest, an
 * operator of the head, batch norm and ReLU before every doubling, and their sum: [H/4,W/4,head.channels] of a network
 * whose finest stride is 4. Batch norm in the place of the article's group norm.
 * @throws InvolveError when an operator does not fit the channels or the size
 */
export function semanticFpn(net: Blueprint, features: Features, config: SemanticFpnConfig): Features {
  const levels = deepestOfStrides(features.maps).slice(-config.levels);
  const pyramid = neck(net, levels, config);
  const parts = pyramid.map((_, i) => headOf(net, pyramid, i, config));
  const sum = parts.reduce((total, part, i) =>
    net.add(new Add({ name: `head/${levels[i]!.name}/add` }), total, part),
  );
  const decoded = { name: 'head', stride: levels[0]!.stride, node: sum };
  return {
    maps: [...features.maps, decoded],
    last: sum,
    dropout: dropoutOf(config.dropout),
    isDecoded: true,
  };
}

// --- internal ---

/** A 1×1 convolution of every map, the sums from the coarsest on, and the operator over each. */
function neck(
  net: Blueprint,
  levels: readonly FeatureMap[],
  { neck: { channels, spatial }, batchNorm }: SemanticFpnConfig,
): FeatureMap[] {
  const sums: Node[] = [];
  for (const { name, node } of levels.toReversed()) {
    const lateral = new Convolution({
      name: `neck/${name}/lateral`,
      filters: channels,
      kernelSize: 1,
      useBias: true,
    });
    let x = net.add(lateral, node);
    const above = sums[0];
    if (above) x = net.add(new Add({ name: `neck/${name}/add` }), x, enlarged(net, above, x, name));
    sums.unshift(x);
  }
  return levels.map(({ name, stride }, i) => {
    const slot = { name: `neck/${name}/spatial`, slot: 'model.decoder.neck.spatial' };
    // Nothing follows it, so that a convolution has a bias.
    const node =
      spatial.type === 'conv'
        ? net.add(withBias(slot.name, spatial.kernelSize, channels), sums[i]!)
        : placeOperator(net, sums[i]!, spatial, { ...slot, activation: 'relu', stride: 1, batchNorm });
    return { name, stride, node };
  });
}

function enlarged(net: Blueprint, x: Node, like: Node, name: string): Node {
  const [[, rows, columns], [, height, width]] = [x.shape, like.shape];
  const interpolation = isHalf(rows!, height!, columns!, width!) ? 'nearest' : 'bilinear';
  return net.add(new Resizing({ name: `neck/${name}/above`, interpolation }), x, like);
}

/** Level `i` of the pyramid at the size of the finest one. */
function headOf(
  net: Blueprint,
  pyramid: readonly FeatureMap[],
  i: number,
  { head: { channels, spatial }, batchNorm }: SemanticFpnConfig,
): Node {
  const { name } = pyramid[i]!;
  let x = pyramid[i]!.node;
  // The finest has an operator as well, and nothing to be doubled.
  for (let finer = Math.max(0, i - 1); finer >= 0; finer--) {
    const step = `head/${name}/step${Math.max(0, i - 1) - finer + 1}`;
    x = normalisedOperator(net, x, spatial, {
      ...{ name: step, channels, batchNorm },
      slot: 'model.decoder.head.spatial',
    });
    if (i === 0) break;
    x = net.add(new Resizing({ name: `${step}/resize`, interpolation: 'bilinear' }), x, pyramid[finer]!.node);
  }
  return x;
}

function withBias(name: string, kernelSize: number, filters: number): Convolution {
  return new Convolution({ name, kernelSize, filters, padding: 'symmetric', useBias: true });
}

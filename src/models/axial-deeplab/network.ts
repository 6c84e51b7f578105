import type { AxialDeeplabConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { Concatenate } from '../../layers/concatenate.js';
import { Convolution } from '../../layers/convolution.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { Resizing } from '../../layers/resizing.js';
import { badInput } from '../../util/errors.js';
import { deepestOfStrides, dropoutOf, type Features } from '../features.js';

/**
 * The semantic branch of Axial-DeepLab (Wang et al. 2020, section 3.3): the decoder of Panoptic-DeepLab (Cheng et al.
 * 2020, section 3.1), a 1×1 convolution of the coarsest map in the place of the atrous pyramid, for axial attention has
 * seen the whole map. It is made larger step by step, by bilinear interpolation, and next to each finer map, that one
 * behind a 1×1 convolution, goes through a depthwise separable convolution; one more is the head. Batch norm and ReLU
 * after every convolution. [H/4,W/4,channels] of a network whose coarsest stride is 16.
 * @throws InvolveError (exit code 2) where the network has not as many finer maps
 */
export function axialDeeplab(net: Blueprint, features: Features, config: AxialDeeplabConfig): Features {
  const { channels, lowLevel, dropout } = config;
  const [coarsest, ...finer] = deepestOfStrides(features.maps).toReversed();
  if (finer.length < lowLevel.length) {
    throw badInput('E_LAYER_OPTIONS', {
      what: `the decoder wants ${lowLevel.length} maps finer than the coarsest one, and the network has ${finer.length}`,
      where: 'model.decoder.lowLevel',
      try: `--set model.decoder.lowLevel=${JSON.stringify(lowLevel.slice(0, finer.length))}`,
    });
  }
  let x = pointwise(net, coarsest!.node, 'decoder/project', channels, config);
  let { stride } = coarsest!;
  for (const [i, width] of lowLevel.entries()) {
    const level = finer[i]!;
    const part = `decoder/${level.name}`;
    const low = pointwise(net, level.node, `${part}/project`, width, config);
    const above = net.add(new Resizing({ name: `${part}/above`, interpolation: 'bilinear' }), x, level.node);
    const both = net.add(new Concatenate({ name: `${part}/both` }), above, low);
    x = separable(net, both, part, config);
    ({ stride } = level);
  }
  x = separable(net, x, 'head', config);
  return {
    maps: [...features.maps, { name: 'head', stride, node: x }],
    last: x,
    dropout: dropoutOf(dropout),
    isDecoded: true,
  };
}

// --- internal ---

function pointwise(
  net: Blueprint,
  x: Node,
  name: string,
  filters: number,
  { batchNorm }: AxialDeeplabConfig,
): Node {
  const convolved = net.add(new Convolution({ name, filters, kernelSize: 1 }), x);
  return net.add(new BatchNorm({ name: `${name}_bn`, activation: 'relu', ...batchNorm }), convolved);
}

function separable(net: Blueprint, x: Node, name: string, config: AxialDeeplabConfig): Node {
  const { kernelSize, channels, batchNorm } = config;
  const depthwise = new DepthwiseConvolution({ name: `${name}/depthwise`, kernelSize });
  const norm = new BatchNorm({ name: `${name}/depthwise_bn`, activation: 'relu', ...batchNorm });
  return pointwise(net, net.add(norm, net.add(depthwise, x)), `${name}/pointwise`, channels, config);
}

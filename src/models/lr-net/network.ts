import type { LrNetConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { bottleneckNetwork } from '../bottleneck.js';
import type { Features } from '../features.js';
import { stemPooling } from '../resnet/network.js';
import { spatial } from '../../operators/spatial.js';

/** The network of 26 layers has other blocks than the ResNet of that name. */
const BLOCKS_26 = [2, 2, 2, 2];

/**
 * Local relation network (Hu et al. 2019, "Local Relation Networks for Image Recognition"): bottlenecks
 * of local relation layers, and a stem of a 1×1 convolution and a local relation layer. Input [H,W,C].
 * @throws InvolveError when the groups do not fit the channels.
 */
export function lrNet(net: Blueprint, config: LrNetConfig): Features {
  const { stemWidth: filters, batchNorm } = config;
  const isLarge = config.stem === 'imagenet';
  const normalise = (name: string, from: Node): Node =>
    net.add(new BatchNorm({ name, activation: 'relu', ...batchNorm }), from);

  let x = net.add(new Convolution({ name: 'stem/conv', filters, kernelSize: 1 }), net.input);
  x = normalise('stem/conv_bn', x);
  x = spatial(net, x, config.spatial, { name: 'stem/relation', stride: isLarge ? 2 : 1, batchNorm });
  x = normalise('stem/relation_bn', x);
  if (isLarge) x = stemPooling(net, x);
  const blocks = config.blocks ?? (config.depth === 26 ? BLOCKS_26 : null);
  const stem = { node: x, stride: isLarge ? 4 : 1 };
  return bottleneckNetwork(net, stem, { ...config, blocks }, () => config.spatial);
}

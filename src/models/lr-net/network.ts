import type { LrNetConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { bottleneckNetwork } from '../bottleneck.js';
import type { Features } from '../features.js';
import { stemPooling } from '../resnet/network.js';
import { placeOperator } from '../../operators/index.js';

/** The network of 26 layers has other blocks than the ResNet of that name. */
const BLOCKS_26 = [2, 2, 2, 2];

/**
 * Local relation network (Hu et al. 2019, "Local Relation Networks for Image Recognition"): bottlenecks
 * of local relation layers, and a stem of a 1×1 convolution and a local relation layer; or another operator in
 * their place. Input [H,W,C].
 * @throws InvolveError when the operator does not fit the channels or the size.
 */
export function lrNet(net: Blueprint, config: LrNetConfig): Features {
  const { stemWidth: filters, batchNorm } = config;
  const isLarge = config.stem === 'imagenet';
  const normalise = (name: string, from: Node): Node =>
    net.add(new BatchNorm({ name, activation: 'relu', ...batchNorm }), from);

  let x = net.add(new Convolution({ name: 'stem/conv', filters, kernelSize: 1 }), net.input);
  x = normalise('stem/conv_bn', x);
  const part = config.spatial.type === 'local-relation' ? 'stem/relation' : 'stem/spatial';
  x = placeOperator(net, x, config.spatial, {
    name: part,
    slot: 'model.spatial',
    activation: 'relu',
    stride: isLarge ? 2 : 1,
    batchNorm,
  });
  x = normalise(`${part}_bn`, x);
  if (isLarge) x = stemPooling(net, x);
  const blocks = config.blocks ?? (config.depth === 26 ? BLOCKS_26 : null);
  const stem = { node: x, stride: isLarge ? 4 : 1 };
  return bottleneckNetwork(net, stem, { ...config, blocks });
}

import type { RedNetConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { bottleneckNetwork } from '../bottleneck.js';
import type { Features } from '../features.js';
import { stemPooling } from '../resnet/network.js';
import { spatial } from '../../operators/spatial.js';

/**
 * RedNet (Li et al. 2021, "Involution", section 4): bottlenecks with involution, and a stem of 3×3 convolution
 * to half the width, involution, 3×3 convolution to the width. Input [H,W,C].
 * @throws InvolveError when `channelsPerGroup` does not divide the channels.
 */
export function rednet(net: Blueprint, config: RedNetConfig): Features {
  const { stemKernelSize: kernelSize, batchNorm, width } = config;
  const isLarge = config.stem === 'imagenet';
  const convolution = (name: string, from: Node, filters: number, stride: number): Node =>
    net.add(new Convolution({ name, filters, kernelSize: 3, stride, padding: 'symmetric' }), from);
  const normalise = (name: string, from: Node): Node =>
    net.add(new BatchNorm({ name, activation: 'relu', ...batchNorm }), from);

  let x = convolution('stem/conv1', net.input, width / 2, isLarge ? 2 : 1);
  x = normalise('stem/bn1', x);
  x = spatial(net, x, { ...config.spatial, kernelSize }, { name: 'stem/involution', stride: 1, batchNorm });
  x = normalise('stem/involution_bn', x);
  x = convolution('stem/conv2', x, width, 1);
  x = normalise('stem/bn2', x);
  if (isLarge) x = stemPooling(net, x);
  const stem = { node: x, stride: isLarge ? 4 : 1 };
  return bottleneckNetwork(net, stem, config, () => config.spatial);
}

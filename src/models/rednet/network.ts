import type { RedNetConfig } from './options.js';
import { BatchNorm } from '../../layers/batch-norm.js';
import { Convolution } from '../../layers/convolution.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';
import { bottleneckNetwork } from '../bottleneck.js';
import type { Features } from '../features.js';
import { stemPooling } from '../resnet/network.js';
import { placeOperator } from '../../operators/index.js';
import type { SpatialConfig } from '../../operators/options.js';

/**
 * RedNet (Li et al. 2021, "Involution", section 4): bottlenecks with involution, and a stem of 3×3 convolution
 * to half the width, involution, 3×3 convolution to the width; another operator in its slot stands in the stem too.
 * Input [H,W,C].
 * @throws InvolveError when the operator does not fit the channels or the size.
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
  const part = config.spatial.type === 'involution' ? 'stem/involution' : 'stem/spatial';
  x = placeOperator(net, x, withKernel(config.spatial, kernelSize), {
    name: part,
    slot: 'model.spatial',
    activation: 'relu',
    stride: 1,
    batchNorm,
  });
  x = normalise(`${part}_bn`, x);
  x = convolution('stem/conv2', x, width, 1);
  x = normalise('stem/bn2', x);
  if (isLarge) x = stemPooling(net, x);
  const stem = { node: x, stride: isLarge ? 4 : 1 };
  return bottleneckNetwork(net, stem, config);
}

// --- internal ---

/** An operator with another window, if it has one. */
function withKernel(operator: SpatialConfig, kernelSize: number): SpatialConfig {
  return 'kernelSize' in operator ? { ...operator, kernelSize } : operator;
}

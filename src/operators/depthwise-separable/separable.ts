import type { DepthwiseSeparableConfig } from './options.js';
import { Activation } from '../../layers/activation.js';
import { BatchNorm, type BatchNormSettings } from '../../layers/batch-norm.js';
import { Convolution, type KernelInitialization } from '../../layers/convolution.js';
import { channelsOf } from '../../layers/operator-layer.js';
import { SegmentedConvolution } from './layer.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';

/** As Keras starts Xception. */
const INITIALIZATION: KernelInitialization = 'glorot-uniform';

export interface SeparableOptions extends Omit<DepthwiseSeparableConfig, 'type'> {
  readonly batchNorm: BatchNormSettings;
  /** The layers are called `<name>/<part>`. */
  readonly name: string;
  readonly filters: number;
  /** Of the spatial half, of 1×k and k×1 the second; 1 by default. */
  readonly stride?: number;
  /** Of all kernels. */
  readonly initialization?: KernelInitialization;
  /** What stands in the place of the spatial half, C → C; its layers are called `<name>/spatial…`. */
  readonly placeSpatial?: (x: Node, name: string) => Node;
}

/**
 * Separable convolution (Chollet 2017, section 1.2), in two halves and in either order: a spatial one, k×k within
 * segments of the channels, and a pointwise one, 1×1 across all of them; no bias. What follows it is left to the
 * network. [H,W,C] → [⌈H/s⌉,⌈W/s⌉,filters]; the spatial half keeps the channels that it gets.
 * @throws InvolveError when there are more segments than channels.
 */
export function separableConvolution(net: Blueprint, x: Node, options: SeparableOptions): Node {
  if (options.order === 'depthwise-first') {
    return pointwise(net, between(net, spatialHalf(net, x, options), options), options);
  }
  return spatialHalf(net, between(net, pointwise(net, x, options), options), options);
}

// --- internal ---

/** k×k, or 1×k and then k×1: C → C. */
function spatialHalf(net: Blueprint, x: Node, options: SeparableOptions): Node {
  const { name, kernelSize: k, segments, spatiallySeparable, stride = 1, initialization } = options;
  if (options.placeSpatial) return options.placeSpatial(x, `${name}/spatial`);
  const filters = channelsOf(x.shape);
  const convolution = (
    part: string,
    kernelSize: number | readonly [number, number],
    from: Node,
    step = stride,
  ): Node =>
    net.add(
      new SegmentedConvolution({
        name: `${name}/${part}`,
        filters,
        kernelSize,
        segments,
        stride: step,
        initialization: initialization ?? INITIALIZATION,
      }),
      from,
    );
  if (!spatiallySeparable) return convolution('spatial', k, x);
  return convolution('spatial_rows', [k, 1], convolution('spatial_columns', [1, k], x, 1));
}

/** 1×1 across all channels. */
function pointwise(net: Blueprint, x: Node, options: SeparableOptions): Node {
  const { name, filters, initialization = INITIALIZATION } = options;
  return net.add(new Convolution({ name: `${name}/pointwise`, filters, kernelSize: 1, initialization }), x);
}

/** What stands between the halves: nothing in Xception (section 4.7: that is best), BN and ReLU in Inception. */
function between(net: Blueprint, x: Node, options: SeparableOptions): Node {
  const { name, betweenDepthwiseAndPointwise: activation, batchNormBetween, batchNorm } = options;
  let y = x;
  if (batchNormBetween) {
    const fusedActivation = activation === 'relu' ? 'relu' : 'none';
    y = net.add(new BatchNorm({ name: `${name}/between_bn`, activation: fusedActivation, ...batchNorm }), y);
    if (fusedActivation === activation) return y;
  }
  if (activation === 'none') return y;
  return net.add(new Activation({ name: `${name}/between`, activation }), y);
}

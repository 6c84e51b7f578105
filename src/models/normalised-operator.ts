import { BatchNorm, type BatchNormSettings } from '../layers/batch-norm.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import { Convolution } from '../layers/convolution.js';
import { channelsOf } from '../layers/operator-layer.js';
import { placeOperator } from '../operators/index.js';
import type { SpatialConfig } from '../operators/options.js';

interface Place {
  readonly name: string;
  readonly channels: number;
  readonly batchNorm: BatchNormSettings;
}

/** A convolution without a bias, batch norm and ReLU: [H,W,C] → [H,W,channels]. */
export function normalisedConvolution(
  net: Blueprint,
  x: Node,
  kernelSize: number,
  { name, channels, batchNorm }: Place,
): Node {
  const layer = new Convolution({ name, kernelSize, filters: channels, padding: 'symmetric' });
  return net.add(new BatchNorm({ name: `${name}_bn`, activation: 'relu', ...batchNorm }), net.add(layer, x));
}

/**
 * The operator of a slot, batch norm and ReLU: [H,W,C] → [H,W,channels]. A convolution changes the channels itself;
 * others keep them, so that a 1×1 convolution stands before one where they change.
 * @param slot its key in a config
 * @throws InvolveError when the operator does not fit the channels or the size
 */
export function normalisedOperator(
  net: Blueprint,
  start: Node,
  spatial: SpatialConfig,
  { name, channels, batchNorm, slot }: Place & { readonly slot: string },
): Node {
  if (spatial.type === 'conv') {
    return normalisedConvolution(net, start, spatial.kernelSize, {
      name: `${name}/spatial`,
      channels,
      batchNorm,
    });
  }
  const x =
    channelsOf(start.shape) === channels
      ? start
      : normalisedConvolution(net, start, 1, { name: `${name}/reduce`, channels, batchNorm });
  const placed = { name: `${name}/spatial`, slot, activation: 'relu', stride: 1, batchNorm } as const;
  return net.add(
    new BatchNorm({ name: `${name}/spatial_bn`, activation: 'relu', ...batchNorm }),
    placeOperator(net, x, spatial, placed),
  );
}

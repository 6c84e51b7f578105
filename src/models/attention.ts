import type { Nonlinearity } from '../engine/kernels/batch-norm.js';
import { BatchNorm, type BatchNormSettings } from '../layers/batch-norm.js';
import type { Blueprint, Node } from '../layers/blueprint.js';
import { placeOperator } from '../operators/index.js';
import type { AttentionConfig } from '../operators/options.js';

export interface AttentionPlace {
  /** The block's name; an operator is called `<block>/<type>`. */
  readonly block: string;
  /** The network's. */
  readonly activation: Nonlinearity;
  readonly batchNorm: BatchNormSettings;
  /** Channels that a squeeze is a share of; by default those that come in. */
  readonly blockChannels?: number;
}

/**
 * What stands in a network's attention slot, with the batch norm and activation that may follow it: [H,W,C] → [H,W,C].
 * @throws InvolveError when the operator does not fit the channels or the size
 */
export function placeAttention(
  net: Blueprint,
  x: Node,
  config: AttentionConfig,
  place: AttentionPlace,
): Node {
  if (config.type === 'none') return x;
  const { block, activation, batchNorm, blockChannels } = place;
  const name = `${block}/${config.type}`;
  const slot = 'model.attention';
  const y = placeOperator(net, x, config, { name, slot, stride: 1, activation, batchNorm, blockChannels });
  if (!('followedBy' in config) || config.followedBy === 'none') return y;
  return net.add(new BatchNorm({ name: `${name}_bn`, activation, ...batchNorm }), y);
}

import type { AxialAttentionConfig } from './options.js';
import { AxialAttention } from './layer.js';
import type { BatchNormSettings } from '../../layers/batch-norm.js';
import type { Blueprint, Node } from '../../layers/blueprint.js';

type AxialSettings = Omit<AxialAttentionConfig, 'type'>;

export interface AxialPlace {
  /** The layers are called `<name>/height` and `<name>/width`. */
  readonly name: string;
  readonly stride: number;
  readonly batchNorm: BatchNormSettings;
}

/**
 * Attention along the height, then along the width with the stride (Wang et al. 2020, section 3.2):
 * [H,W,C] → [⌈H/s⌉,⌈W/s⌉,C].
 */
export function axialPair(net: Blueprint, x: Node, config: AxialSettings, place: AxialPlace): Node {
  const { groups, span, tableSpan, positions } = config;
  const { name, stride, batchNorm } = place;
  const [, height, width] = x.shape as [null, number, number, number];
  const shared = { groups, span, tableSpan, positions, batchNorm };
  const columns = new AxialAttention({ name: `${name}/height`, axis: 'height', length: height, ...shared });
  const rows = new AxialAttention({
    ...{ name: `${name}/width`, axis: 'width', length: width, stride },
    ...shared,
  });
  return net.add(rows, net.add(columns, x));
}

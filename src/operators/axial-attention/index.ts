import { channelsOf } from '../../layers/operator-layer.js';
import { groupCount } from '../groups.js';
import type { Operator } from '../operator.js';
import { AxialAttention } from './layer.js';
import type { AxialAttentionConfig } from './options.js';

/**
 * Attention along the height, then along the width with the stride (Wang et al. 2020, section 3.2); the layers are
 * called `<name>/height` and `<name>/width`.
 */
export const axialAttention: Operator<AxialAttentionConfig> = {
  canStride: true,
  shows: ['attention'],
  place: (net, x, { span, tableSpan, positions, ...options }, place) => {
    const { name, stride, batchNorm } = place;
    const [, height, width] = x.shape as [null, number, number, number];
    const heads = groupCount(channelsOf(x.shape), options.heads, place, 'heads');
    const shared = { heads, span, tableSpan, positions, batchNorm };
    const columns = new AxialAttention({ name: `${name}/height`, axis: 'height', length: height, ...shared });
    const rows = new AxialAttention({
      name: `${name}/width`,
      axis: 'width',
      length: width,
      stride,
      ...shared,
    });
    return net.add(rows, net.add(columns, x));
  },
  variants: {
    'axial-no-positions': { positions: { query: false, key: false, value: false } },
    'axial-span-7': { span: 7 },
  },
};

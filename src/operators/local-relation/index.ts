import { channelsOf } from '../../layers/operator-layer.js';
import type { Operator } from '../operator.js';
import { LocalRelation } from './layer.js';
import type { LocalRelationConfig } from './options.js';

/** A local relation layer; at a stride it takes its queries at every s-th place. */
export const localRelation: Operator<LocalRelationConfig> = {
  canStride: true,
  shows: ['attention'],
  place: (net, x, { kernelSize, groups, relation, geometryPrior }, { name, stride }) => {
    const channelsPerGroup =
      typeof groups === 'number' ? Math.ceil(channelsOf(x.shape) / groups) : groups.channels;
    return net.add(
      new LocalRelation({ name, kernelSize, channelsPerGroup, relation, geometryPrior, stride }),
      x,
    );
  },
  variants: {
    'local-relation-absolute-difference': { relation: 'absolute-difference' },
    'local-relation-product': { relation: 'product' },
    'local-relation-no-prior': { geometryPrior: false },
    'local-relation-a-weight-a-channel': { groups: { channels: 1 } },
  },
};

import { AveragePooling } from '../../layers/pooling.js';
import type { Operator } from '../operator.js';
import type { IdentityConfig } from './options.js';

/**
 * No operator: no place sees another, but where the map becomes smaller, by average pooling. What a network does with it
 * is what it does without any operator, so what an operator brings is the difference.
 */
export const identity: Operator<IdentityConfig> = {
  canStride: true,
  place: (net, x, _, { name, stride }) =>
    stride === 1 ? x : net.add(new AveragePooling({ name, size: stride, stride }), x),
};

import type { Blueprint, Node } from '../layers/blueprint.js';
import { badInput } from '../util/errors.js';
import { axialAttention } from './axial-attention/index.js';
import { conv } from './conv/index.js';
import { depthwiseSeparable } from './depthwise-separable/index.js';
import { globalAttention } from './global-attention/index.js';
import { identity } from './identity/index.js';
import { involution } from './involution/index.js';
import { localAttention } from './local-attention/index.js';
import { localRelation } from './local-relation/index.js';
import { octconv } from './octconv/index.js';
import type { Operator, Place } from './operator.js';
import type { OperatorConfig } from './options.js';
import { sanPairwise, sanPatchwise } from './san/index.js';
import { squeezeExcite } from './squeeze-excite/index.js';

/** How each operator is put into a slot; a line an operator. */
export const operators: {
  readonly [T in OperatorConfig['type']]: Operator<Extract<OperatorConfig, { readonly type: T }>>;
} = {
  conv,
  'depthwise-separable': depthwiseSeparable,
  involution,
  octconv,
  'local-attention': localAttention,
  'local-relation': localRelation,
  'san-pairwise': sanPairwise,
  'san-patchwise': sanPatchwise,
  'axial-attention': axialAttention,
  'global-attention': globalAttention,
  identity,
  se: squeezeExcite,
};

/** The declaration of the operator that a config names. */
export function operatorOf<C extends OperatorConfig>({ type }: C): Operator<C> {
  // Each operator takes its own options, which TypeScript cannot see through the lookup.
  return operators[type] as unknown as Operator<C>;
}

/**
 * Puts an operator into a slot: [H,W,C] → [⌈H/s⌉,⌈W/s⌉,C], what follows it is left to the network.
 * @throws InvolveError when the operator does not fit the channels, the size or the stride
 */
export function placeOperator(net: Blueprint, x: Node, config: OperatorConfig, place: Place): Node {
  const operator = operatorOf(config);
  const { name, slot, stride } = place;
  if (stride > 1 && !operator.canStride) {
    const fitting = Object.entries(operators).filter(([, { canStride }]) => canStride);
    throw badInput('E_LAYER_OPTIONS', {
      what: `layer ${name}: ${config.type} keeps the size of its map, here it would have to take a stride of ${stride}`,
      where: `${slot}.type`,
      try: fitting.map(([type]) => type).join(', '),
    });
  }
  return operator.place(net, x, config, place);
}

import { z } from 'zod';
import { renamed, renamedKeysOf } from '../util/schema-parts.js';
import { axialAttention } from './axial-attention/options.js';
import { conv } from './conv/options.js';
import { depthwiseSeparable } from './depthwise-separable/options.js';
import { globalAttention } from './global-attention/options.js';
import { identity } from './identity/options.js';
import { involution } from './involution/options.js';
import { localAttention } from './local-attention/options.js';
import { localRelation } from './local-relation/options.js';
import { octconv } from './octconv/options.js';
import { sanPairwise, sanPatchwise } from './san/options.js';
import { squeezeExcite } from './squeeze-excite/options.js';

/** The operators that see a neighbourhood: they stand wherever a k×k convolution C → C could. */
const windowOperators = [
  conv,
  depthwiseSeparable,
  involution,
  octconv,
  localAttention,
  localRelation,
  sanPairwise,
  sanPatchwise,
  axialAttention,
  globalAttention,
] as const;

/** What may stand in a spatial slot: one of them, or nothing in its place. */
const spatialOperators = [...windowOperators, identity] as const;

/** Those that weigh what is there, and stand after a convolution. */
const gates = [squeezeExcite] as const;

/** The spatial slot of a network: where its k×k convolution stands. */
export const spatial = z
  .discriminatedUnion('type', spatialOperators)
  .meta({ id: 'spatial', description: 'The operator in the place of the k×k convolution.' });

/** The operators of a spatial slot by name, in the order of their list. */
export const spatialTypes = spatialOperators.flatMap((leaf) => [...leaf.shape.type.values]);

export type SpatialConfig = z.infer<typeof spatial>;
export type GateConfig = z.infer<(typeof gates)[number]>;
export type OperatorConfig = SpatialConfig | GateConfig;

/** The spatial slot of a family that has, by default, this operator as it is by default. */
export const spatialSlot = (type: SpatialConfig['type']) => spatial.default(() => spatial.parse({ type }));

/** Batch norm and the network's activation may follow an operator that has neither. */
type Follower = 'none' | 'bn-relu' | 'bn-swish';

/** No operator. */
const none = z.strictObject({ type: z.literal('none') });

/**
 * The attention slot of a network, after a convolution: a gate, any spatial operator, or nothing.
 * @param followedBy what may stand after a spatial operator
 * @param standards options that have another default in this family than elsewhere
 */
export function attentionSlot<F extends z.ZodType<Follower>>(
  followedBy: F,
  standards: { readonly [T in OperatorConfig['type']]?: z.core.$ZodLooseShape } = {},
) {
  const own = (leaf: z.ZodObject): z.core.$ZodLooseShape => {
    const [type] = (leaf.shape.type as z.ZodLiteral<OperatorConfig['type']>).values;
    return standards[type] ?? {};
  };
  const gated = gates.map((leaf) => leaf.extend(own(leaf))) as unknown as typeof gates;
  const followed = windowOperators.map((leaf: z.ZodObject) =>
    renamed(leaf.extend({ ...own(leaf), followedBy }), renamedKeysOf(leaf)),
  ) as unknown as EachWith<typeof windowOperators, { followedBy: F }>;
  return z.discriminatedUnion('type', [...gated, none, ...followed]);
}

/** Each leaf with more keys. */
type EachWith<Leaves extends readonly unknown[], More extends z.core.$ZodShape> = {
  readonly [K in keyof Leaves]: Leaves[K] extends z.ZodObject<infer Shape, infer Strict>
    ? z.ZodObject<z.core.util.Extend<Shape, More>, Strict>
    : never;
};

/** What may stand in an attention slot. */
export type AttentionConfig = z.infer<ReturnType<typeof attentionSlot<z.ZodType<Follower>>>>;

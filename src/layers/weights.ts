import type { Tensor } from '../engine/tf.js';
import { SeededInitializer, type Distribution } from './initializers.js';
import type { OperatorLayer } from './operator-layer.js';

/** A weight of a layer: what tf.js's `addWeight` gives back. */
export interface LayerWeight {
  read(): Tensor;
  write(value: Tensor): unknown;
}

/** Makes a weight without values, for a model that is only planned. */
export type BlankWeight = (shape: readonly number[]) => Tensor;

/** Where values of weights come from: a seed, or nowhere. */
export type WeightSource = number | BlankWeight;

type WeightInitializer = Pick<SeededInitializer, 'apply'>;

interface WeightOwner {
  addWeight(
    name: string,
    shape: number[],
    dtype: 'float32',
    initializer: WeightInitializer,
    regularizer: undefined,
    trainable: boolean,
  ): unknown;
}

let current: WeightSource = 0;

/** Runs `build` with `source` as the seed of every weight that layers make meanwhile, or what leaves them blank. */
export function withInitSeed<T>(source: WeightSource, build: () => T): T {
  const previous = current;
  current = source;
  try {
    return build();
  } finally {
    current = previous;
  }
}

/**
 * What a weight is there for. `kernel`: multiplies activations; `bias`: is added to them; `norm`: scale and offset of a
 * normalisation; `position`: a table with an entry a position;
 * `statistic`: measured while training, not learned; `constant`: a kernel that stays as the training began.
 */
export type WeightRole = 'kernel' | 'bias' | 'norm' | 'position' | 'statistic' | 'constant';

const roles = new WeakMap<object, WeightRole>();

/** What a weight of a layer of ours is there for. */
export function roleOf(weight: object): WeightRole {
  const role = roles.get(weight);
  if (role === undefined) throw new Error('a weight without a role: layers make theirs by makeWeight');
  return role;
}

const outputAxes = new WeakMap<object, number>();

/** Declares that so many of a weight's last axes are what it puts out, one by one, and not the last alone. */
export function declareOutputAxes(weight: LayerWeight, axes: number): void {
  outputAxes.set(weight, axes);
}

/** How many of a weight's last axes are what it puts out. */
export function outputAxesOf(weight: object): number {
  return outputAxes.get(weight) ?? 1;
}

/** Makes a weight of `layer`; its stored name is `<layer>/<name>`. Statistics and constants are not trained. */
export function makeWeight(
  layer: OperatorLayer,
  name: string,
  shape: readonly number[],
  distribution: Distribution,
  role: WeightRole,
): LayerWeight {
  const initializer =
    typeof current === 'number'
      ? new SeededInitializer(distribution, current, layer.name, name)
      : { apply: current };
  // `addWeight` is protected in the type; a layer may be made of parts that own weights.
  const owner = layer as unknown as WeightOwner;
  const trainable = role !== 'statistic' && role !== 'constant';
  const weight = owner.addWeight(
    name,
    [...shape],
    'float32',
    initializer,
    undefined,
    trainable,
  ) as LayerWeight;
  roles.set(weight, role);
  return weight;
}

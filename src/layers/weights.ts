import { blankTensor } from '../engine/record.js';
import type { Tensor } from '../engine/tf.js';
import { SeededInitializer, type Distribution } from './initializers.js';
import type { OperatorLayer } from './operator-layer.js';

/** A weight of a layer: what tf.js's `addWeight` gives back. */
export interface LayerWeight {
  read(): Tensor;
  write(value: Tensor): unknown;
}

type WeightInitializer = Pick<SeededInitializer, 'apply'>;
const BLANK: WeightInitializer = { apply: blankTensor };

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

/** Null: weights without values, for a model that is only planned. */
let currentSeed: number | null = 0;

/** Runs `build` with `seed` as the seed of every weight that layers make meanwhile; null leaves them blank. */
export function withInitSeed<T>(seed: number | null, build: () => T): T {
  const previous = currentSeed;
  currentSeed = seed;
  try {
    return build();
  } finally {
    currentSeed = previous;
  }
}

/** Makes a weight of `layer`; its stored name is `<layer>/<name>`. */
export function makeWeight(
  layer: OperatorLayer,
  name: string,
  shape: readonly number[],
  distribution: Distribution,
  trainable = true,
): LayerWeight {
  const initializer =
    currentSeed === null ? BLANK : new SeededInitializer(distribution, currentSeed, layer.name, name);
  // `addWeight` is protected in the type; a layer may be made of parts that own weights.
  const owner = layer as unknown as WeightOwner;
  return owner.addWeight(name, [...shape], 'float32', initializer, undefined, trainable) as LayerWeight;
}

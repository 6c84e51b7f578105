import { mix32, uniformAt } from '../../util/random.js';
import type { Scalar, Tensor } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32, int32 } from './define-kernel.js';

export interface SeededDropoutAttrs {
  /** Tells apart the dropout layers of a model: an integer below 2³¹. */
  readonly stream: number;
  readonly perSample: boolean;
}

/**
 * Inverted dropout from a fed seed. `x` [B, ...], scalars `seed` (int32), `rate`, and `scale`, which is 1/(1 − rate)
 * → like x. `scale` is given, so that engines need not agree on how a quotient is rounded.
 *
 * Draw i keeps its value, times scale, when u ≥ rate, where u = uniformAt(mix32(seed ^ mix32(stream)), i) of
 * `util/random.ts`; i is the flat index of the element, or the index in the batch when `perSample`
 * (stochastic depth, Huang et al. 2016). It is its own gradient: applied to dy with the same seed, rate and scale.
 */
export const SeededDropout = defineKernel({
  name: 'SeededDropout',
  inputs: { x: float32(), seed: int32(0), rate: float32(0), scale: float32(0) },
  attributes: attributes<SeededDropoutAttrs>(),
  outputs: { y: ({ x }) => x },
  gradient: {
    keeps: ['seed', 'rate', 'scale'],
    of: (dy, scalars, attrs) => ({ x: () => drop(dy, scalars, attrs) }),
  },
  reference: ({ shapes, values: { x, seed, rate, scale }, attrs }) => {
    const key = mix32(seed[0] ^ mix32(attrs.stream));
    const unit = attrs.perSample ? x.length / shapes.x[0] : 1;
    return Float32Array.from(x, (value, i) =>
      uniformAt(key, Math.floor(i / unit)) >= rate[0] ? value * scale[0] : 0,
    );
  },
  // The same units, and the very product.
  tolerance: 0,
});

// --- internal ---

type Scalars = Readonly<Record<'seed' | 'rate' | 'scale', Scalar>>;

/** With its type written down, since the declaration above needs it for its own. */
function drop(x: Tensor, scalars: Scalars, attrs: SeededDropoutAttrs): Tensor {
  return callKernel(SeededDropout, { x, ...scalars }, attrs);
}

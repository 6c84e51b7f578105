import { mix32, uniformAt } from '../../util/random.js';
import { type Scalar, type Tensor, zerosLike } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32, int32 } from './define-kernel.js';

export interface SeededDropoutAttrs {
  readonly rate: number;
  /** Tells apart the dropout layers of a model: an integer below 2³¹. */
  readonly stream: number;
  readonly perSample: boolean;
}

/**
 * Inverted dropout from a fed seed. `x` [B, ...], `seed` (int32 scalar) → like x.
 *
 * Draw i keeps its value, divided by 1 − rate, when u ≥ rate, where
 * u = uniformAt(mix32(seed ^ mix32(stream)), i) of `util/random.ts` (and the threshold is the float32
 * of rate); i is the flat index of the element, or the index in the batch when `perSample`
 * (stochastic depth, Huang et al. 2016). It is its own gradient: applied to dy with the same seed.
 */
export const SeededDropout = defineKernel({
  name: 'SeededDropout',
  inputs: { x: float32(), seed: int32(0) },
  attributes: attributes<SeededDropoutAttrs>(),
  outputs: { y: ({ x }) => x },
  gradient: {
    keeps: ['seed'],
    of: (dy, { seed }, attrs) => ({ x: () => drop(dy, seed, attrs), seed: () => zerosLike(seed) }),
  },
  reference: ({ shapes, values: { x, seed }, attrs }) => {
    const key = mix32(seed[0] ^ mix32(attrs.stream));
    const rate = Math.fround(attrs.rate);
    const factor = Math.fround(1 / (1 - rate));
    const unit = attrs.perSample ? x.length / shapes.x[0] : 1;
    return Float32Array.from(x, (value, i) =>
      uniformAt(key, Math.floor(i / unit)) >= rate ? value * factor : 0,
    );
  },
  // The same units, and the very product.
  tolerance: 0,
});

// --- internal ---

/** With its type written down, since the declaration above needs it for its own. */
function drop(x: Tensor, seed: Scalar, attrs: SeededDropoutAttrs): Tensor {
  return callKernel(SeededDropout, { x, seed }, attrs);
}

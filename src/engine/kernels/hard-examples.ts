import { zerosLike } from '../tf-core.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';

export interface HardExamplesAttrs {
  /** As many of a row are kept at least, or all that count, if fewer. From 1 to the length of a row. */
  readonly minKept: number;
  /** Every example with a loss from here on is kept; Infinity: only the hardest `minKept`. */
  readonly leastLoss: number;
}

/**
 * Online hard example mining (Shrivastava et al. 2016): of each row the weights of the examples with the largest losses,
 * 0 for the others. `losses`, `weights` [B,N] → [B,N]. Examples of weight 0 do not count; those that are as hard as the
 * last one kept are kept too. What is kept is no function of the losses to be differentiated.
 */
export const HardExamples = defineKernel({
  name: 'HardExamples',
  inputs: { losses: float32(2), weights: float32(2) },
  attributes: attributes<HardExamplesAttrs>(),
  outputs: { kept: ({ losses }) => losses },
  gradient: {
    keeps: [],
    of: (dy) => ({ losses: () => zerosLike(dy), weights: () => zerosLike(dy) }),
  },
  reference: ({ shapes, values: { losses, weights }, attrs }) => {
    const [rows, length] = shapes.losses;
    const kept = new Float32Array(losses.length);
    const leastLoss = Math.fround(attrs.leastLoss);
    for (let b = 0; b < rows; b++) {
      const [from, to] = [b * length, (b + 1) * length];
      const counted = losses.slice(from, to).filter((_, i) => weights[from + i] > 0);
      if (counted.length === 0) continue;
      const sorted = counted.sort();
      const least = Math.min(leastLoss, sorted[Math.max(0, sorted.length - attrs.minKept)]);
      // Written so that what is not a number is kept.
      for (let i = from; i < to; i++) kept[i] = losses[i] < least || !(weights[i] > 0) ? 0 : weights[i];
    }
    return kept;
  },
  // Values are compared and none is computed.
  tolerance: 0,
});

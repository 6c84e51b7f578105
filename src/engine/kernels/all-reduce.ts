import { reduceParts } from '../all-reduce.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';

export interface AllReduceAttrs {
  /** Values of a channel that this worker's part is of. */
  readonly places: number;
}

/**
 * Mean and variance of the values of all workers, from those of each one's own. Where several share a recorded step, all
 * of them meet here in its midst (`allReduce` of a ProgramSpec); everywhere else there is one worker alone.
 *
 * `mean`, `variance` [C] (biased, ÷n) → `mean`, `variance` of all [C], and `unbiased` [C], the variance ÷(n − 1).
 */
export const AllReduceMoments = defineKernel({
  name: 'AllReduceMoments',
  inputs: { mean: float32(1), variance: float32(1) },
  attributes: attributes<AllReduceAttrs>(),
  outputs: {
    mean: ({ mean }) => mean,
    variance: ({ variance }) => variance,
    unbiased: ({ variance }) => variance,
  },
  reference: ({ values: { mean, variance }, attrs: { places } }) => {
    const values = [Float32Array.from(mean), Float32Array.from(variance)] as const;
    const [all, biased, unbiased] = reduceParts('moments', [{ places, values }]);
    return { mean: all, variance: biased, unbiased };
  },
  tolerance: 1e-6,
});

/** The mean over all workers of two vectors [C], each worker as heavy as its places. */
export const AllReduceMean = defineKernel({
  name: 'AllReduceMean',
  inputs: { a: float32(1), b: float32(1) },
  attributes: attributes<AllReduceAttrs>(),
  outputs: { a: ({ a }) => a, b: ({ b }) => b },
  reference: ({ values }) => ({ a: Float32Array.from(values.a), b: Float32Array.from(values.b) }),
  tolerance: 1e-6,
});

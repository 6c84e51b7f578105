import { defineKernel, float32 } from '../define-kernel.js';

/**
 * left·leftWeight + right·rightWeight, the weights fed. `left`, `right` of one shape, scalars `leftWeight`,
 * `rightWeight` → `sum` like them.
 */
export const WeightedSum = defineKernel({
  name: 'WeightedSum',
  inputs: { left: float32(), right: float32(), leftWeight: float32(0), rightWeight: float32(0) },
  outputs: { sum: ({ left }) => left },
  reference: ({ values: { left, right, leftWeight, rightWeight } }) =>
    Float32Array.from(left, (value, i) => leftWeight[0] * value + rightWeight[0] * right[i]),
  tolerance: 2e-6,
});

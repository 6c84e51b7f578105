import { attributes, defineKernel, float32 } from '../define-kernel.js';

export interface SgdUpdateAttrs {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
}

/**
 * SGD as PyTorch defines it, with decoupled weight decay: θ ← θ(1 − lr·wd); v ← μv + g;
 * θ ← θ − lr·(nesterov ? g + μv : v).
 *
 * `parameter`, `gradient`, `velocity` of one shape, scalar `learningRate` → new `parameter`, `velocity`.
 */
export const SgdUpdate = defineKernel({
  name: 'SgdUpdate',
  inputs: { parameter: float32(), gradient: float32(), velocity: float32(), learningRate: float32(0) },
  attributes: attributes<SgdUpdateAttrs>(),
  outputs: { parameter: ({ parameter }) => parameter, velocity: ({ parameter }) => parameter },
  // In float64, stored as float32.
  reference: ({ values, attrs: { momentum, nesterov, weightDecay } }) => {
    const { gradient } = values;
    const rate = values.learningRate[0];
    const parameter = Float32Array.from(values.parameter);
    const velocity = Float32Array.from(values.velocity);
    for (let i = 0; i < parameter.length; i++) {
      velocity[i] = momentum * velocity[i] + gradient[i];
      const step = nesterov ? gradient[i] + momentum * velocity[i] : velocity[i];
      parameter[i] = parameter[i] * (1 - rate * weightDecay) - rate * step;
    }
    return { parameter, velocity };
  },
  tolerance: 2e-6,
});

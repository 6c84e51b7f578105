import { attributes, defineKernel, float32 } from '../define-kernel.js';

export interface LionUpdateAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly weightDecay: number;
}

/**
 * Lion (Chen et al. 2023, "Symbolic Discovery of Optimization Algorithms", algorithm 2), with decoupled weight decay:
 * c = β₁m + (1−β₁)g; θ ← θ(1 − lr·wd) − lr·sign(c); m ← β₂m + (1−β₂)g. The sign of 0 is 0.
 *
 * `parameter`, `gradient`, `momentum` of one shape, scalar `learningRate` → new `parameter`, `momentum`.
 */
export const LionUpdate = defineKernel({
  name: 'LionUpdate',
  inputs: { parameter: float32(), gradient: float32(), momentum: float32(), learningRate: float32(0) },
  attributes: attributes<LionUpdateAttrs>(),
  outputs: { parameter: ({ parameter }) => parameter, momentum: ({ parameter }) => parameter },
  // In float64, stored as float32.
  reference: ({ values, attrs: { beta1, beta2, weightDecay } }) => {
    const rate = values.learningRate[0];
    const parameter = Float32Array.from(values.parameter);
    const momentum = Float32Array.from(values.momentum);
    for (let i = 0; i < parameter.length; i++) {
      const g = values.gradient[i];
      const direction = Math.sign(beta1 * momentum[i] + (1 - beta1) * g);
      parameter[i] = parameter[i] * (1 - rate * weightDecay) - rate * direction;
      momentum[i] = beta2 * momentum[i] + (1 - beta2) * g;
    }
    return { parameter, momentum };
  },
  tolerance: 2e-6,
});

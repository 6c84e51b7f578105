import { attributes, defineKernel, float32 } from '../define-kernel.js';

export interface SgdUpdateAttrs {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** Decay apart from the step, in the place of an L2 penalty in the gradient. */
  readonly decoupled: boolean;
}

/**
 * SGD as torch.optim.SGD defines it: g ← g + wd·θ; v ← μv + g; θ ← θ − lr·(nesterov ? g + μv : v). With decoupled
 * weight decay (Loshchilov and Hutter 2019) the first of these is θ ← θ(1 − lr·wd) instead.
 *
 * `parameter`, `gradient`, `velocity` of one shape, scalar `learningRate` → new `parameter`, `velocity`.
 */
export const SgdUpdate = defineKernel({
  name: 'SgdUpdate',
  inputs: { parameter: float32(), gradient: float32(), velocity: float32(), learningRate: float32(0) },
  attributes: attributes<SgdUpdateAttrs>(),
  outputs: { parameter: ({ parameter }) => parameter, velocity: ({ parameter }) => parameter },
  // In float64, stored as float32.
  reference: ({ values, attrs: { momentum, nesterov, weightDecay, decoupled } }) => {
    const [penalty, decay] = decoupled ? [0, weightDecay] : [weightDecay, 0];
    const rate = values.learningRate[0];
    const parameter = Float32Array.from(values.parameter);
    const velocity = Float32Array.from(values.velocity);
    for (let i = 0; i < parameter.length; i++) {
      const gradient = values.gradient[i] + penalty * parameter[i];
      const speed = momentum * velocity[i] + gradient;
      velocity[i] = speed;
      // Stored as float32, and only then a part of the step.
      const step = nesterov ? gradient + momentum * velocity[i] : velocity[i];
      parameter[i] = parameter[i] * (1 - rate * decay) - rate * step;
    }
    return { parameter, velocity };
  },
  tolerance: 2e-6,
});

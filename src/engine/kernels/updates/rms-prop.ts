import { attributes, defineKernel, float32 } from '../define-kernel.js';

export interface RmsPropUpdateAttrs {
  readonly decay: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * RMSProp as PyTorch defines it, with decoupled weight decay: θ ← θ(1 − lr·wd); s ← ρs + (1−ρ)g²;
 * v ← μv + g/(√s + ε); θ ← θ − lr·v.
 *
 * `parameter`, `gradient`, `meanSquare`, `velocity` of one shape, scalar `learningRate` → new `parameter`,
 * `meanSquare`, `velocity`.
 */
export const RmsPropUpdate = defineKernel({
  name: 'RmsPropUpdate',
  inputs: {
    parameter: float32(),
    gradient: float32(),
    meanSquare: float32(),
    velocity: float32(),
    learningRate: float32(0),
  },
  attributes: attributes<RmsPropUpdateAttrs>(),
  outputs: {
    parameter: ({ parameter }) => parameter,
    meanSquare: ({ parameter }) => parameter,
    velocity: ({ parameter }) => parameter,
  },
  // In float64, stored as float32.
  reference: ({ values, attrs: { decay, momentum, epsilon, weightDecay } }) => {
    const rate = values.learningRate[0];
    const parameter = Float32Array.from(values.parameter);
    const square = Float32Array.from(values.meanSquare);
    const velocity = Float32Array.from(values.velocity);
    for (let i = 0; i < parameter.length; i++) {
      const g = values.gradient[i];
      square[i] = decay * square[i] + (1 - decay) * g * g;
      velocity[i] = momentum * velocity[i] + g / (Math.sqrt(square[i]) + epsilon);
      parameter[i] = parameter[i] * (1 - rate * weightDecay) - rate * velocity[i];
    }
    return { parameter, meanSquare: square, velocity };
  },
  tolerance: 2e-6,
});

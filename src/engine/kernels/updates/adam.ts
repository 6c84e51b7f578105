import { attributes, defineKernel } from '../define-kernel.js';
import { adamInputs, adamOutputs } from './adam-moments.js';

export interface AdamUpdateAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), PyTorch's definition:
 * θ ← θ(1 − lr·wd); m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; θ ← θ − lr·(m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε).
 *
 * `adamInputs` → new `parameter`, `firstMoment`, `secondMoment`.
 */
export const AdamUpdate = defineKernel({
  name: 'AdamUpdate',
  inputs: adamInputs,
  attributes: attributes<AdamUpdateAttrs>(),
  outputs: adamOutputs,
  // In float64, stored as float32.
  reference: ({ values, attrs: { beta1, beta2, epsilon, weightDecay } }) => {
    const rate = values.learningRate[0];
    const correction1 = 1 - values.beta1Power[0];
    const correction2 = 1 - values.beta2Power[0];
    const parameter = Float32Array.from(values.parameter);
    const first = Float32Array.from(values.firstMoment);
    const second = Float32Array.from(values.secondMoment);
    for (let i = 0; i < parameter.length; i++) {
      const g = values.gradient[i];
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      const step = first[i] / correction1 / (Math.sqrt(second[i] / correction2) + epsilon);
      parameter[i] = parameter[i] * (1 - rate * weightDecay) - rate * step;
    }
    return { parameter, firstMoment: first, secondMoment: second };
  },
  tolerance: 2e-6,
});

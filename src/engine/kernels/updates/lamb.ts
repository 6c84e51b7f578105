import { attributes, defineKernel } from '../define-kernel.js';
import { adamInputs, adamOutputs } from './adam-moments.js';

export interface LambUpdateAttrs {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Decay apart from the step (Loshchilov and Hutter 2019), not as a part of it. */
  readonly decoupled: boolean;
  /** Whether the step's length follows the parameter's. */
  readonly adapts: boolean;
  /** The trust ratio is 1 at most. */
  readonly clips: boolean;
}

/**
 * LAMB (You et al. 2020, algorithm 2), the norm of a parameter as φ, with bias correction, as timm's Lamb:
 * m ← β₁m + (1−β₁)g; v ← β₂v + (1−β₂)g²; u = (m/(1−β₁ᵗ)) / (√(v/(1−β₂ᵗ)) + ε) + wd·θ; θ ← θ − lr·(‖θ‖/‖u‖)·u.
 * The ratio is 1 where one of the norms is 0. Decoupled, θ ← θ(1 − lr·wd) comes first, and u goes without wd·θ.
 *
 * `adamInputs` → new `parameter`, `firstMoment`, `secondMoment`.
 */
export const LambUpdate = defineKernel({
  name: 'LambUpdate',
  inputs: adamInputs,
  attributes: attributes<LambUpdateAttrs>(),
  outputs: adamOutputs,
  // In float64, stored as float32.
  reference: ({ values, attrs }) => {
    const { beta1, beta2, epsilon, weightDecay, decoupled, adapts, clips } = attrs;
    const rate = values.learningRate[0];
    const correction1 = 1 - values.beta1Power[0];
    const correction2 = 1 - values.beta2Power[0];
    const old = Float64Array.from(values.parameter, (value) =>
      decoupled ? value * (1 - rate * weightDecay) : value,
    );
    const first = Float32Array.from(values.firstMoment);
    const second = Float32Array.from(values.secondMoment);
    const step = old.map((value, i) => {
      const g = values.gradient[i];
      first[i] = beta1 * first[i] + (1 - beta1) * g;
      second[i] = beta2 * second[i] + (1 - beta2) * g * g;
      const adam = first[i] / correction1 / (Math.sqrt(second[i] / correction2) + epsilon);
      return decoupled ? adam : adam + weightDecay * value;
    });
    const [own, length] = [normOf(old), normOf(step)];
    const trust = adapts && own > 0 && length > 0 ? own / length : 1;
    const ratio = clips ? Math.min(trust, 1) : trust;
    const parameter = Float32Array.from(old, (value, i) => value - rate * ratio * step[i]);
    return { parameter, firstMoment: first, secondMoment: second };
  },
  tolerance: 2e-6,
});

// --- internal ---

function normOf(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

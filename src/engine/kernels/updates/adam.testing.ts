import { sample, scalar, uniform } from '../samples.testing.js';
import { AdamUpdate } from './adam.js';

/** Inputs of an update by Adam's two moments, in its third step. */
export const adamInputsOf = (shape: readonly number[]) => ({
  parameter: uniform(shape, 1),
  gradient: uniform(shape, 2),
  firstMoment: uniform(shape, 3),
  secondMoment: uniform(shape, 4, 0, 1),
  learningRate: scalar(0.01),
  beta1Power: scalar(0.9 ** 3),
  beta2Power: scalar(0.999 ** 3),
});

export const samples = [[], [5], [3, 3, 20, 100]].flatMap((shape) =>
  [0, 0.05].map((weightDecay) =>
    sample(AdamUpdate, adamInputsOf(shape), { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay }),
  ),
);

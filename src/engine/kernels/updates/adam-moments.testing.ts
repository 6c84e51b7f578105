import { scalar, uniform } from '../samples.testing.js';

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

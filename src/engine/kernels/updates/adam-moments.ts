import type { Shape } from '../kernel.js';
import { float32 } from '../define-kernel.js';

/**
 * What an update by Adam's two moments takes: parameter, gradient and moments of one shape, and scalars, of which the
 * powers are β₁ᵗ and β₂ᵗ of *this* step, t counted from 1.
 */
export const adamInputs = {
  parameter: float32(),
  gradient: float32(),
  firstMoment: float32(),
  secondMoment: float32(),
  learningRate: float32(0),
  beta1Power: float32(0),
  beta2Power: float32(0),
};

const likeParameter = ({ parameter }: { readonly parameter: Shape }): Shape => parameter;

/** What it gives: all of the parameter's shape. */
export const adamOutputs = {
  parameter: likeParameter,
  firstMoment: likeParameter,
  secondMoment: likeParameter,
};

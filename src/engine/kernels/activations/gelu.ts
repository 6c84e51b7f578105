import type { Tensor } from '../../tf-core.js';
import { callKernel } from '../call-kernel.js';
import { defineKernel, float32 } from '../define-kernel.js';
import { normalCumulative, normalDensity } from './normal.js';

/** y = x·Φ(x), Φ the normal distribution (Hendrycks and Gimpel 2016), not its tanh. `x` of any shape → like it. */
export const Gelu = defineKernel({
  name: 'Gelu',
  inputs: { x: float32() },
  outputs: { y: ({ x }) => x },
  gradient: { keeps: ['x'], of: (dy, { x }) => ({ x: () => callKernel(GeluGrad, { dy, x }) }) },
  reference: ({ values }) => Float32Array.from(values.x, (x) => x * normalCumulative(x)),
  tolerance: 2e-6,
});

/** `dy`, `x` of one shape → dx = dy·(Φ(x) + x·φ(x)). */
export const GeluGrad = defineKernel({
  name: 'GeluGrad',
  inputs: { dy: float32(), x: float32() },
  outputs: { dx: ({ x }) => x },
  reference: ({ values: { dy, x } }) => Float32Array.from(x, (value, i) => dy[i] * geluSlope(value)),
  tolerance: 2e-6,
});

/** Φ(x) + x·φ(x). */
export function geluSlope(x: number): number {
  return normalCumulative(x) + x * normalDensity(x);
}

/** x·Φ(x), element by element: a function of a tensor, as tf.js's own activations are. */
export function gelu<T extends Tensor>(x: T): T {
  return callKernel(Gelu, { x }) as T;
}

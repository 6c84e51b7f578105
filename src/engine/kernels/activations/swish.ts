import type { Tensor } from '../../tf-core.js';
import { callKernel } from '../call-kernel.js';
import { defineKernel, float32 } from '../define-kernel.js';
import { sigmoid } from './logistic.js';

/** y = x·σ(x) (Ramachandran et al. 2017; SiLU). `x` of any shape → like it. */
export const Swish = defineKernel({
  name: 'Swish',
  inputs: { x: float32() },
  outputs: { y: ({ x }) => x },
  gradient: { keeps: ['x'], of: (dy, { x }) => ({ x: () => callKernel(SwishGrad, { dy, x }) }) },
  reference: ({ values }) => Float32Array.from(values.x, (x) => x * sigmoid(x)),
  tolerance: 2e-6,
});

/** `dy`, `x` of one shape → dx = dy·σ(x)(1 + x(1 − σ(x))). */
export const SwishGrad = defineKernel({
  name: 'SwishGrad',
  inputs: { dy: float32(), x: float32() },
  outputs: { dx: ({ x }) => x },
  reference: ({ values: { dy, x } }) =>
    Float32Array.from(x, (value, i) => {
      const s = sigmoid(value);
      return dy[i] * s * (1 + value * (1 - s));
    }),
  tolerance: 2e-6,
});

/** x·σ(x), element by element: a function of a tensor, as tf.js's own activations are. */
export function swish<T extends Tensor>(x: T): T {
  return callKernel(Swish, { x }) as T;
}

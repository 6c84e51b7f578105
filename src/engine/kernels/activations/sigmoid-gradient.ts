import { defineKernel, float32 } from '../define-kernel.js';

/** The gradient of tf.js's Sigmoid. `dy`, and `y` as put out by sigmoid → dx = dy·y·(1 − y). */
export const SigmoidGradient = defineKernel({
  name: 'SigmoidGradient',
  inputs: { dy: float32(), y: float32() },
  outputs: { dx: ({ y }) => y },
  reference: ({ values: { dy, y } }) => Float32Array.from(y, (value, i) => dy[i] * value * (1 - value)),
  tolerance: 2e-6,
});

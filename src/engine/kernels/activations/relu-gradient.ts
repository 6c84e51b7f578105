import { defineKernel, float32 } from '../define-kernel.js';

/** The gradient of tf.js's Relu. `dy`, and `y` as put out by relu → dx = y > 0 ? dy : 0. */
export const ReluGradient = defineKernel({
  name: 'ReluGradient',
  inputs: { dy: float32(), y: float32() },
  outputs: { dx: ({ y }) => y },
  reference: ({ values: { dy, y } }) => Float32Array.from(y, (value, i) => (value > 0 ? dy[i] : 0)),
  tolerance: 2e-6,
});

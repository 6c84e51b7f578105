import { defineKernel, float32 } from './define-kernel.js';

/** The gradient of tf.js's Softmax over the last axis. `dy`, and `y` as put out by softmax → dx = y·(dy − Σ dy·y). */
export const SoftmaxGrad = defineKernel({
  name: 'SoftmaxGrad',
  inputs: { dy: float32(), y: float32() },
  outputs: { dx: ({ y }) => y },
  reference: ({ shapes, values: { dy, y } }) => {
    const count = shapes.y[shapes.y.length - 1];
    const dx = new Float32Array(y.length);
    for (let row = 0; row < y.length; row += count) {
      let sum = 0;
      for (let i = row; i < row + count; i++) sum += dy[i] * y[i];
      for (let i = row; i < row + count; i++) dx[i] = y[i] * (dy[i] - sum);
    }
    return dx;
  },
  tolerance: 2e-6,
});

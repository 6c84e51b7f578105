import { SoftmaxGrad } from '../kernels.js';
import { plainKernel } from './plain-kernel.js';

/** The gradient of softmax, row by row. */
export const softmaxKernels = [
  plainKernel(SoftmaxGrad, ({ inputs, values, output }) => {
    const { shape } = inputs.y;
    const count = shape[shape.length - 1];
    const y = values('y');
    const dy = values('dy');
    const dx = new Float32Array(y.length);
    for (let row = 0; row < y.length; row += count) {
      let sum = 0;
      for (let i = row; i < row + count; i++) sum += dy[i] * y[i];
      for (let i = row; i < row + count; i++) dx[i] = y[i] * (dy[i] - sum);
    }
    return output(shape, dx);
  }),
];

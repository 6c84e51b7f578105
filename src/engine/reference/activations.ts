import { ReluGradient, SigmoidGradient, Swish, SwishGrad } from '../kernels.js';
import { plainKernel } from './plain-kernel.js';

function sigmoid(z: number): number {
  return 1 / (1 + Math.exp(-z));
}

/** Swish (Ramachandran et al. 2017) and the gradients of the activations. */
export const activationKernels = [
  plainKernel(Swish, ({ inputs, values, output }) =>
    output(
      inputs.x.shape,
      Float32Array.from(values('x'), (x) => x * sigmoid(x)),
    ),
  ),
  plainKernel(SwishGrad, ({ inputs, values, output }) => {
    const dy = values('dy');
    return output(
      inputs.x.shape,
      Float32Array.from(values('x'), (x, i) => {
        const s = sigmoid(x);
        return dy[i] * s * (1 + x * (1 - s));
      }),
    );
  }),
  plainKernel(ReluGradient, ({ inputs, values, output }) => {
    const dy = values('dy');
    return output(
      inputs.y.shape,
      Float32Array.from(values('y'), (y, i) => (y > 0 ? dy[i] : 0)),
    );
  }),
  plainKernel(SigmoidGradient, ({ inputs, values, output }) => {
    const dy = values('dy');
    return output(
      inputs.y.shape,
      Float32Array.from(values('y'), (y, i) => dy[i] * y * (1 - y)),
    );
  }),
];

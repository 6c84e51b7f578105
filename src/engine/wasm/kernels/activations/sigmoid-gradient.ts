import { SigmoidGradient } from '../../../kernels/activations/sigmoid-gradient.js';
import { wasmKernel } from '../kernel.js';
import { gradientOfValues } from '../parts/values.js';

export const sigmoidGradient = wasmKernel(SigmoidGradient, (backend, { dy, y }) =>
  gradientOfValues(backend, 'sigmoidGrad', dy, y),
);

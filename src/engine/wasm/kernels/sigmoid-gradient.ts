import { SigmoidGradient } from '../../kernels/sigmoid-gradient.js';
import { wasmKernel } from './kernel.js';
import { gradientOfValues } from './parts/values.js';

export const sigmoidGradient = wasmKernel(SigmoidGradient, (backend, { dy, y }) =>
  gradientOfValues(backend, 'sigmoidGrad', dy, y),
);

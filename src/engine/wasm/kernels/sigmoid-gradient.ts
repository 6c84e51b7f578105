import { SigmoidGradient } from '../../kernels/sigmoid-gradient.js';
import { wasmKernel } from './kernel.js';
import { overPairs } from './parts/values.js';

export const sigmoidGradient = wasmKernel(SigmoidGradient, (backend, { dy, y }) =>
  overPairs(backend, 'sigmoidGrad', dy, y),
);

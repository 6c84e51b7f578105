import { ReluGradient } from '../../../kernels/activations/relu-gradient.js';
import { wasmKernel } from '../kernel.js';
import { gradientOfValues } from '../parts/values.js';

export const reluGradient = wasmKernel(ReluGradient, (backend, { dy, y }) =>
  gradientOfValues(backend, 'reluGrad', dy, y),
);

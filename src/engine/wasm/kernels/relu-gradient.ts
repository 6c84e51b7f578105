import { ReluGradient } from '../../kernels/relu-gradient.js';
import { wasmKernel } from './kernel.js';
import { overPairs } from './parts/values.js';

export const reluGradient = wasmKernel(ReluGradient, (backend, { dy, y }) =>
  overPairs(backend, 'reluGrad', dy, y),
);

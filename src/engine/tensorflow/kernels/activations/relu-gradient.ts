import { ReluGradient } from '../../../kernels/activations/relu-gradient.js';
import { tensorflowKernel } from '../kernel.js';
import { reluGrad } from '../stock.js';

export const reluGradient = tensorflowKernel(ReluGradient, ({ dy, y }) => reluGrad(dy, y));

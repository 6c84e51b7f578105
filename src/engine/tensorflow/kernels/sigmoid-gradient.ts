import { SigmoidGradient } from '../../kernels/sigmoid-gradient.js';
import { tensorflowKernel } from './kernel.js';
import { sigmoidGrad } from './stock.js';

export const sigmoidGradient = tensorflowKernel(SigmoidGradient, ({ dy, y }) => sigmoidGrad(y, dy));

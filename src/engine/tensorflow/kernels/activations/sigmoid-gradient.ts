import { SigmoidGradient } from '../../../kernels/activations/sigmoid-gradient.js';
import { tensorflowKernel } from '../kernel.js';
import { sigmoidGrad } from '../stock.js';

export const sigmoidGradient = tensorflowKernel(SigmoidGradient, ({ dy, y }) => sigmoidGrad(y, dy));

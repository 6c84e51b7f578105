import { SoftmaxGrad } from '../../kernels/softmax-grad.js';
import { tensorflowKernel } from './kernel.js';
import { rowSharesGrad } from './parts/softmax.js';

export const softmaxGrad = tensorflowKernel(SoftmaxGrad, ({ dy, y }) => rowSharesGrad(dy, y));

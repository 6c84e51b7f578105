import { SoftmaxGrad } from '../../kernels/softmax-grad.js';
import { wasmKernel } from './kernel.js';
import { overRows } from './parts/last-axis.js';

export const softmaxGrad = wasmKernel(SoftmaxGrad, (backend, { dy, y }) =>
  overRows(backend, 'softmaxGrad', [dy, y], y.shape),
);

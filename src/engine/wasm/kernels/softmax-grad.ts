import { SoftmaxGrad } from '../../kernels.js';
import { kernel } from './kernel.js';
import { overRows } from './parts/last-axis.js';

export const softmaxGrad = kernel(SoftmaxGrad, (backend, { dy, y }) =>
  overRows(backend, 'softmaxGrad', [dy, y], y.shape),
);

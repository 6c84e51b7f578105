import { SgdUpdate } from '../../../kernels/updates/sgd.js';
import { wasmKernel } from '../kernel.js';
import { update } from './update.js';

export const sgdUpdate = wasmKernel(SgdUpdate, (backend, inputs, { momentum, nesterov, weightDecay }) => {
  const names = ['parameter', 'gradient', 'velocity', 'learningRate'];
  return update(backend, 'sgd', inputs, names, 2, [momentum, Number(nesterov), weightDecay]);
});

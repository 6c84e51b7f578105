import { SgdUpdate, type SgdUpdateAttrs } from '../../../kernels.js';
import { kernel } from '../kernel.js';
import { update } from './update.js';

export const sgdUpdate = kernel<SgdUpdateAttrs>(
  SgdUpdate,
  (backend, inputs, { momentum, nesterov, weightDecay }) => {
    const names = ['parameter', 'gradient', 'velocity', 'learningRate'];
    return update(backend, 'sgd', inputs, names, 2, [momentum, Number(nesterov), weightDecay]);
  },
);

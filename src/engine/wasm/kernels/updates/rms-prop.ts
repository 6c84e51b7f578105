import { RmsPropUpdate, type RmsPropUpdateAttrs } from '../../../kernels.js';
import { kernel } from '../kernel.js';
import { update } from './update.js';

export const rmsPropUpdate = kernel<RmsPropUpdateAttrs>(
  RmsPropUpdate,
  (backend, inputs, { decay, momentum, epsilon, weightDecay }) => {
    const names = ['parameter', 'gradient', 'meanSquare', 'velocity', 'learningRate'];
    return update(backend, 'rmsProp', inputs, names, 3, [decay, 1 - decay, momentum, epsilon, weightDecay]);
  },
);

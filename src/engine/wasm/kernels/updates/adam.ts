import { AdamUpdate, type AdamUpdateAttrs } from '../../../kernels.js';
import { kernel } from '../kernel.js';
import { update } from './update.js';

export const adamUpdate = kernel<AdamUpdateAttrs>(
  AdamUpdate,
  (backend, inputs, { beta1, beta2, epsilon, weightDecay }) => {
    const names = ['parameter', 'gradient', 'firstMoment', 'secondMoment'];
    const scalars = ['learningRate', 'beta1Power', 'beta2Power'];
    const numbers = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon, weightDecay];
    return update(backend, 'adam', inputs, [...names, ...scalars], 3, numbers);
  },
);

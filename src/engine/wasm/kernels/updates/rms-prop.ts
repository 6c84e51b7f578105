import { RmsPropUpdate } from '../../../kernels/updates/rms-prop.js';
import { wasmKernel } from '../kernel.js';
import { update } from './update.js';

export const rmsPropUpdate = wasmKernel(
  RmsPropUpdate,
  (backend, inputs, { decay, momentum, epsilon, weightDecay }) => {
    const names = ['parameter', 'gradient', 'meanSquare', 'velocity', 'learningRate'];
    return update(backend, 'rmsProp', inputs, names, 3, [decay, 1 - decay, momentum, epsilon, weightDecay]);
  },
);

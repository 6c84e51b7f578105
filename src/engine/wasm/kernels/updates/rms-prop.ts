import { RmsPropUpdate } from '../../../kernels/updates/rms-prop.js';
import { wasmKernel } from '../kernel.js';
import { updateOf } from './update.js';

const INPUTS = ['parameter', 'gradient', 'meanSquare', 'velocity', 'learningRate'] as const;
const RESULTS = ['newParameter', 'newMeanSquare', 'newVelocity'] as const;

export const rmsPropUpdate = wasmKernel(
  RmsPropUpdate,
  (backend, inputs, { decay, momentum, epsilon, weightDecay }) => {
    const { made, args } = updateOf(backend, inputs, INPUTS, RESULTS);
    backend.routines.rmsProp({ ...args, decay, rest: 1 - decay, momentum, epsilon, weightDecay });
    return [made.newParameter, made.newMeanSquare, made.newVelocity];
  },
);

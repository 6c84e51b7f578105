import { LionUpdate } from '../../../kernels/updates/lion.js';
import { wasmKernel } from '../kernel.js';
import { updateOf } from './update.js';

const INPUTS = ['parameter', 'gradient', 'momentum', 'learningRate'] as const;
const RESULTS = ['newParameter', 'newMomentum'] as const;

export const lionUpdate = wasmKernel(LionUpdate, (backend, inputs, { beta1, beta2, weightDecay }) => {
  const { made, args } = updateOf(backend, inputs, INPUTS, RESULTS);
  const rests = { rest1: 1 - beta1, rest2: 1 - beta2 };
  backend.routines.lion({ ...args, beta1, beta2, ...rests, weightDecay });
  return [made.newParameter, made.newMomentum];
});

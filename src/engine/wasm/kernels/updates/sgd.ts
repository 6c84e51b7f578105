import { SgdUpdate } from '../../../kernels/updates/sgd.js';
import { wasmKernel } from '../kernel.js';
import { updateOf } from './update.js';

const INPUTS = ['parameter', 'gradient', 'velocity', 'learningRate'] as const;
const RESULTS = ['newParameter', 'newVelocity'] as const;

export const sgdUpdate = wasmKernel(SgdUpdate, (backend, inputs, { momentum, nesterov, weightDecay }) => {
  const { made, args } = updateOf(backend, inputs, INPUTS, RESULTS);
  backend.routines.sgd({ ...args, momentum, nesterov: Number(nesterov), weightDecay });
  return [made.newParameter, made.newVelocity];
});

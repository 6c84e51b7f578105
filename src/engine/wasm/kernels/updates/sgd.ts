import { SgdUpdate } from '../../../kernels/updates/sgd.js';
import { wasmKernel } from '../kernel.js';
import { updateOf } from './update.js';

const INPUTS = ['parameter', 'gradient', 'velocity', 'learningRate'] as const;
const RESULTS = ['newParameter', 'newVelocity'] as const;

export const sgdUpdate = wasmKernel(SgdUpdate, (backend, inputs, attributes) => {
  const { momentum, nesterov, weightDecay, decoupled } = attributes;
  const { made, args } = updateOf(backend, inputs, INPUTS, RESULTS);
  const decay = decoupled ? { weightDecay, penalty: 0 } : { weightDecay: 0, penalty: weightDecay };
  backend.routines.sgd({ ...args, momentum, nesterov: Number(nesterov), ...decay });
  return [made.newParameter, made.newVelocity];
});

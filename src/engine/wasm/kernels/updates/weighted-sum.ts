import { WeightedSum } from '../../../kernels/updates/weighted-sum.js';
import { wasmKernel } from '../kernel.js';
import { updateOf } from './update.js';

const INPUTS = ['left', 'right', 'leftWeight', 'rightWeight'] as const;

export const weightedSum = wasmKernel(WeightedSum, (backend, inputs) => {
  const { made, args } = updateOf(backend, inputs, INPUTS, ['to'] as const);
  backend.routines.weightedSum(args);
  return made.to;
});

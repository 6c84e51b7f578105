import { AdamUpdate } from '../../../kernels/updates/adam.js';
import { wasmKernel } from '../kernel.js';
import { updateOf } from './update.js';

const INPUTS = [
  'parameter',
  'gradient',
  'firstMoment',
  'secondMoment',
  'learningRate',
  'beta1Power',
  'beta2Power',
] as const;
const RESULTS = ['newParameter', 'newFirstMoment', 'newSecondMoment'] as const;

export const adamUpdate = wasmKernel(
  AdamUpdate,
  (backend, inputs, { beta1, beta2, epsilon, weightDecay }) => {
    const { made, args } = updateOf(backend, inputs, INPUTS, RESULTS);
    const rests = { rest1: 1 - beta1, rest2: 1 - beta2 };
    backend.routines.adam({ ...args, beta1, beta2, ...rests, epsilon, weightDecay });
    return [made.newParameter, made.newFirstMoment, made.newSecondMoment];
  },
);

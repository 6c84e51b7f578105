import { MovingAverageUpdate } from '../../../kernels/updates/moving-average.js';
import { wasmKernel } from '../kernel.js';
import { updateOf } from './update.js';

export const movingAverageUpdate = wasmKernel(MovingAverageUpdate, (backend, inputs, { decay }) => {
  const { made, args } = updateOf(backend, inputs, ['average', 'value'] as const, ['to'] as const);
  backend.routines.movingAverage({ ...args, decay, rest: 1 - decay });
  return made.to;
});

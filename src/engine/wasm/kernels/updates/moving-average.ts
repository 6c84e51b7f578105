import { MovingAverageUpdate } from '../../../kernels/updates/moving-average.js';
import { wasmKernel } from '../kernel.js';
import { update } from './update.js';

export const movingAverageUpdate = wasmKernel(
  MovingAverageUpdate,
  (backend, inputs, { decay }) =>
    update(backend, 'movingAverage', inputs, ['average', 'value'], 1, [decay, 1 - decay])[0],
);

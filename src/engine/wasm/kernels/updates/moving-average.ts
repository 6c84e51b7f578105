import { MovingAverageUpdate, type MovingAverageUpdateAttrs } from '../../../kernels.js';
import { kernel } from '../kernel.js';
import { update } from './update.js';

export const movingAverageUpdate = kernel<MovingAverageUpdateAttrs>(
  MovingAverageUpdate,
  (backend, inputs, { decay }) =>
    update(backend, 'movingAverage', inputs, ['average', 'value'], 1, [decay, 1 - decay])[0],
);

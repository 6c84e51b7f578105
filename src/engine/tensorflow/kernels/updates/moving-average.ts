import { MovingAverageUpdate } from '../../../kernels/updates/moving-average.js';
import { tensorflowKernel } from '../kernel.js';
import { average } from './update.js';

export const movingAverageUpdate = tensorflowKernel(MovingAverageUpdate, (inputs, { decay }) =>
  average(inputs.average, inputs.value, decay),
);

import { LionUpdate } from '../../../kernels/updates/lion.js';
import { attr } from '../../attributes.js';
import { tensorflowKernel } from '../kernel.js';
import { call, mul, sub } from '../stock.js';
import { average, decayed } from './update.js';

export const lionUpdate = tensorflowKernel(
  LionUpdate,
  ({ parameter, gradient, momentum, learningRate }, { beta1, beta2, weightDecay }) => {
    const direction = call('Sign', { T: attr.type('float32') }, average(momentum, gradient, beta1));
    const moved = sub(decayed(parameter, learningRate, weightDecay), mul(direction, learningRate));
    return [moved, average(momentum, gradient, beta2)];
  },
);

import { SgdUpdate } from '../../../kernels/updates/sgd.js';
import { tensorflowKernel } from '../kernel.js';
import { add, mul, number, sub } from '../stock.js';
import { decayed } from './update.js';

export const sgdUpdate = tensorflowKernel(
  SgdUpdate,
  ({ parameter, gradient, velocity, learningRate }, { momentum, nesterov, weightDecay }) => {
    const speed = add(mul(velocity, number(momentum)), gradient);
    const step = nesterov ? add(gradient, mul(speed, number(momentum))) : speed;
    return [sub(decayed(parameter, learningRate, weightDecay), mul(step, learningRate)), speed];
  },
);

import { RmsPropUpdate } from '../../../kernels/updates/rms-prop.js';
import { tensorflowKernel } from '../kernel.js';
import { add, div, mul, number, sqrt, square, sub } from '../stock.js';
import { average, decayed } from './update.js';

export const rmsPropUpdate = tensorflowKernel(
  RmsPropUpdate,
  (
    { parameter, gradient, meanSquare, velocity, learningRate },
    { decay, momentum, epsilon, weightDecay },
  ) => {
    const mean = average(meanSquare, square(gradient), decay);
    const step = div(gradient, add(sqrt(mean), number(epsilon)));
    const speed = add(mul(velocity, number(momentum)), step);
    return [sub(decayed(parameter, learningRate, weightDecay), mul(speed, learningRate)), mean, speed];
  },
);

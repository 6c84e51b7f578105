import { AdamUpdate } from '../../../kernels/updates/adam.js';
import { attr } from '../../attributes.js';
import { executeOp } from '../../execute-op.js';
import { tensorflowKernel } from '../kernel.js';
import { add, div, mul, number, sqrt, square, sub } from '../stock.js';
import { average, decayed } from './update.js';

export const adamUpdate = tensorflowKernel(
  AdamUpdate,
  (inputs, { beta1, beta2, epsilon, weightDecay }, { customOps }) => {
    const { parameter, gradient, firstMoment, secondMoment, learningRate, beta1Power, beta2Power } = inputs;
    if (customOps.has('InvolveAdam')) {
      const attributes = {
        beta1: attr.float(beta1),
        beta2: attr.float(beta2),
        epsilon: attr.float(epsilon),
        rest1: attr.float(1 - beta1),
        rest2: attr.float(1 - beta2),
        weight_decay: attr.float(weightDecay),
      };
      const moments = [firstMoment, secondMoment];
      const all = [parameter, gradient, ...moments, learningRate, beta1Power, beta2Power];
      return executeOp('InvolveAdam', attributes, all, 3);
    }
    const first = average(firstMoment, gradient, beta1);
    const second = average(secondMoment, square(gradient), beta2);
    // What depends on scalars alone comes first: one pass fewer over the parameter.
    const rate = div(learningRate, sub(number(1), beta1Power));
    const root = sqrt(div(second, sub(number(1), beta2Power)));
    const step = div(mul(first, rate), add(root, number(epsilon)));
    return [sub(decayed(parameter, learningRate, weightDecay), step), first, second];
  },
);

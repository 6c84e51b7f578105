import { SgdUpdate } from '../../../kernels/updates/sgd.js';
import { attr } from '../../attributes.js';
import { executeOp } from '../../execute-op.js';
import { tensorflowKernel } from '../kernel.js';
import { add, mul, number, sub } from '../stock.js';
import { decayed } from './update.js';

export const sgdUpdate = tensorflowKernel(
  SgdUpdate,
  (
    { parameter, gradient, velocity, learningRate },
    { momentum, nesterov, weightDecay, decoupled },
    { customOps },
  ) => {
    if (customOps.has('InvolveSgd')) {
      const attributes = {
        momentum: attr.float(momentum),
        weight_decay: attr.float(weightDecay),
        nesterov: attr.int(Number(nesterov)),
        decoupled: attr.int(Number(decoupled)),
      };
      return executeOp('InvolveSgd', attributes, [parameter, gradient, velocity, learningRate], 2);
    }
    const isPenalty = !decoupled && weightDecay !== 0;
    const slope = isPenalty ? add(gradient, mul(parameter, number(weightDecay))) : gradient;
    const speed = add(mul(velocity, number(momentum)), slope);
    const step = nesterov ? add(slope, mul(speed, number(momentum))) : speed;
    const kept = decayed(parameter, learningRate, decoupled ? weightDecay : 0);
    return [sub(kept, mul(step, learningRate)), speed];
  },
);

import { LambUpdate } from '../../../kernels/updates/lamb.js';
import type { Tensor, TensorInfo } from '../../../tf-core.js';
import { attr } from '../../attributes.js';
import { tensorflowKernel } from '../kernel.js';
import { add, call, div, mul, number, sqrt, square, sub, sum } from '../stock.js';
import { average, decayed } from './update.js';

export const lambUpdate = tensorflowKernel(
  LambUpdate,
  (
    { parameter, gradient, firstMoment, secondMoment, learningRate, beta1Power, beta2Power },
    { beta1, beta2, epsilon, weightDecay, decoupled, adapts, clips },
  ) => {
    const first = average(firstMoment, gradient, beta1);
    const second = average(secondMoment, square(gradient), beta2);
    const root = sqrt(div(second, sub(number(1), beta2Power)));
    const adam = div(div(first, sub(number(1), beta1Power)), add(root, number(epsilon)));
    const old = decayed(parameter, learningRate, decoupled ? weightDecay : 0);
    const step = decoupled || weightDecay === 0 ? adam : add(adam, mul(old, number(weightDecay)));
    const trust = adapts ? trustRatio(norm(old), norm(step)) : number(1);
    const ratio = clips ? call('Minimum', FLOAT, trust, number(1)) : trust;
    return [sub(old, mul(step, mul(ratio, learningRate))), first, second];
  },
);

// --- internal ---

const FLOAT = { T: attr.type('float32') };

function norm(x: TensorInfo): Tensor {
  return sqrt(
    sum(
      square(x),
      x.shape.map((_, axis) => axis),
    ),
  );
}

/** own / length, or 1 where one of them is 0. */
function trustRatio(own: TensorInfo, length: TensorInfo): Tensor {
  const isAbove = (x: TensorInfo): Tensor => call('Greater', FLOAT, x, number(0));
  const both = call('LogicalAnd', {}, isAbove(own), isAbove(length));
  return call('SelectV2', FLOAT, both, div(own, length), number(1));
}

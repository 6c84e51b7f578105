import type { Tensor, TensorInfo } from '../../../tf-core.js';
import { add, asTensor, mul, number, sub } from '../stock.js';

/** decay·old + (1 − decay)·value. */
export function average(old: TensorInfo, value: TensorInfo, decay: number): Tensor {
  return add(mul(old, number(decay)), mul(value, number(1 - decay)));
}

/** θ(1 − lr·wd). */
export function decayed(parameter: TensorInfo, learningRate: TensorInfo, weightDecay: number): Tensor {
  if (weightDecay === 0) return asTensor(parameter);
  return mul(parameter, sub(number(1), mul(learningRate, number(weightDecay))));
}

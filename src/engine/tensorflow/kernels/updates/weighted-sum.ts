import { WeightedSum } from '../../../kernels/updates/weighted-sum.js';
import { tensorflowKernel } from '../kernel.js';
import { add, mul } from '../stock.js';

export const weightedSum = tensorflowKernel(WeightedSum, ({ left, right, leftWeight, rightWeight }) =>
  add(mul(left, leftWeight), mul(right, rightWeight)),
);

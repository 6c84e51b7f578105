import { Swish, SwishGrad } from '../../../kernels/activations/swish.js';
import type { Tensor, TensorInfo } from '../../../tf-core.js';
import { tensorflowKernel, type KernelOptions } from '../kernel.js';
import { add, call, mul, sigmoid, sigmoidGrad } from '../stock.js';

export const swish = tensorflowKernel(Swish, ({ x }, _, options) => swishOf(x, options));

export const swishGrad = tensorflowKernel(SwishGrad, ({ dy, x }, _, options) => swishGradOf(dy, x, options));

export function swishOf(x: TensorInfo, { customOps }: KernelOptions): Tensor {
  if (customOps.has('InvolveSwish')) return call('InvolveSwish', {}, x);
  return mul(x, sigmoid(x));
}

/** Gradient of x·σ(x): dy·σ(x) + dy·x·σ(x)(1 − σ(x)). */
export function swishGradOf(dy: TensorInfo, x: TensorInfo, { customOps }: KernelOptions): Tensor {
  if (customOps.has('InvolveSwishGrad')) return call('InvolveSwishGrad', {}, dy, x);
  const s = sigmoid(x);
  return add(mul(dy, s), sigmoidGrad(s, mul(dy, x)));
}

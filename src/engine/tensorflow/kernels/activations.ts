import { ReluGradient, SigmoidGradient, Swish, SwishGrad } from '../../kernels.js';
import type { TensorInfo } from '../../tf-core.js';
import { kernel, type KernelOptions, type TensorflowKernel } from './kernel.js';
import { add, call, mul, reluGrad, sigmoid, sigmoidGrad } from './stock.js';

interface Dy {
  readonly dy: TensorInfo;
}

/** Gradient of x·σ(x): dy·σ(x) + dy·x·σ(x)(1 − σ(x)). */
export function swishGrad(dy: TensorInfo, x: TensorInfo, { customOps }: KernelOptions) {
  if (customOps.has('InvolveSwishGrad')) return call('InvolveSwishGrad', {}, dy, x);
  const s = sigmoid(x);
  return add(mul(dy, s), sigmoidGrad(s, mul(dy, x)));
}

export function swish(x: TensorInfo, { customOps }: KernelOptions) {
  if (customOps.has('InvolveSwish')) return call('InvolveSwish', {}, x);
  return mul(x, sigmoid(x));
}

/** Swish (Ramachandran et al. 2017) and the gradients of the activations. */
export function activationKernels(options: KernelOptions): TensorflowKernel[] {
  return [
    kernel<{ x: TensorInfo }>(Swish, ({ x }) => swish(x, options)),
    kernel<Dy & { x: TensorInfo }>(SwishGrad, ({ dy, x }) => swishGrad(dy, x, options)),
    kernel<Dy & { y: TensorInfo }>(ReluGradient, ({ dy, y }) => reluGrad(dy, y)),
    kernel<Dy & { y: TensorInfo }>(SigmoidGradient, ({ dy, y }) => sigmoidGrad(y, dy)),
  ];
}

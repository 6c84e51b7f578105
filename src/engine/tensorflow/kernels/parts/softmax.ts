import type { Tensor, TensorInfo } from '../../../tf-core.js';
import type { KernelOptions } from '../kernel.js';
import { oneDnnSoftmax } from '../one-dnn.js';
import { mul, softmax, sub, sum } from '../stock.js';

/** Softmax over the last axis. */
export function rowShares(logits: TensorInfo, { oneDnn }: KernelOptions): Tensor {
  return oneDnn ? oneDnnSoftmax(logits) : softmax(logits);
}

/** Its gradient, from its output `y`. */
export function rowSharesGrad(dy: TensorInfo, y: TensorInfo): Tensor {
  return mul(y, sub(dy, sum(mul(dy, y), [y.shape.length - 1], true)));
}

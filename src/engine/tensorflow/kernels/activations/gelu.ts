import { Gelu, GeluGrad } from '../../../kernels/activations/gelu.js';
import type { Tensor, TensorInfo } from '../../../tf-core.js';
import { tensorflowKernel, type KernelOptions } from '../kernel.js';
import { add, call, mul, number } from '../stock.js';

export const gelu = tensorflowKernel(Gelu, ({ x }, _, options) => geluOf(x, options));

export const geluGrad = tensorflowKernel(GeluGrad, ({ dy, x }, _, options) => geluGradOf(dy, x, options));

export function geluOf(x: TensorInfo, { customOps }: KernelOptions): Tensor {
  if (customOps.has('InvolveGelu')) return call('InvolveGelu', {}, x);
  return mul(x, cumulative(x));
}

/** Gradient of x·Φ(x): dy·(Φ(x) + x·φ(x)). */
export function geluGradOf(dy: TensorInfo, x: TensorInfo, { customOps }: KernelOptions): Tensor {
  if (customOps.has('InvolveGeluGrad')) return call('InvolveGeluGrad', {}, dy, x);
  const density = mul(call('Exp', {}, mul(mul(x, x), number(-0.5))), number(1 / Math.sqrt(2 * Math.PI)));
  return mul(dy, add(cumulative(x), mul(x, density)));
}

// --- internal ---

/** Φ(x) = ½·erfc(−x/√2). */
function cumulative(x: TensorInfo): Tensor {
  return mul(call('Erfc', {}, mul(x, number(-Math.SQRT1_2))), number(0.5));
}

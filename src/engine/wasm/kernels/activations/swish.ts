import { Swish, SwishGrad } from '../../../kernels/activations/swish.js';
import { wasmKernel } from '../kernel.js';
import { gradientOfValues, overValues } from '../parts/values.js';

export const swish = wasmKernel(Swish, (backend, { x }) => overValues(backend, 'swish', x));

export const swishGrad = wasmKernel(SwishGrad, (backend, { dy, x }) =>
  gradientOfValues(backend, 'swishGrad', dy, x),
);

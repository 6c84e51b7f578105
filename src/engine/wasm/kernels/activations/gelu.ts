import { Gelu, GeluGrad } from '../../../kernels/activations/gelu.js';
import { wasmKernel } from '../kernel.js';
import { gradientOfValues, overValues } from '../parts/values.js';

export const gelu = wasmKernel(Gelu, (backend, { x }) => overValues(backend, 'gelu', x));

export const geluGrad = wasmKernel(GeluGrad, (backend, { dy, x }) =>
  gradientOfValues(backend, 'geluGrad', dy, x),
);

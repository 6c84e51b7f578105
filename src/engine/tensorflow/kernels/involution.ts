import type { TensorInfo } from '../../tf-core.js';
import {
  Involution,
  InvolutionBackpropInput,
  InvolutionBackpropKernel,
  type InvolutionAttrs,
  type InvolutionBackpropInputAttrs,
} from '../../kernels.js';
import { attr } from '../attributes.js';
import * as bands from './involution-bands.js';
import { Geometry } from './involution-geometry.js';
import * as shifts from './involution-shifts.js';
import { kernel, type KernelOptions, type TensorflowKernel } from './kernel.js';
import { call, ensureShape } from './stock.js';

/** Fewer channels a group are not worth a matrix. */
const LEAST_FOR_BANDS = 4;

/** Involution and its two gradients: custom operations where they are loaded, else compositions. */
export function involutionKernels({ customOps }: KernelOptions): TensorflowKernel[] {
  return [
    kernel<{ x: TensorInfo; kernel: TensorInfo }, InvolutionAttrs>(
      Involution,
      ({ x, kernel: weights }, attrs) => {
        if (customOps.has('InvolveInvolution'))
          return call('InvolveInvolution', customAttributes(attrs), x, weights);
        const output = [...weights.shape.slice(0, 3), x.shape[3]];
        const geometry = new Geometry(attrs, x.shape, output);
        return composition(geometry).weigh(x, weights, geometry);
      },
    ),

    kernel<{ dy: TensorInfo; kernel: TensorInfo }, InvolutionBackpropInputAttrs>(
      InvolutionBackpropInput,
      ({ dy, kernel: weights }, attrs) => {
        if (customOps.has('InvolveInvolutionInputGrad')) {
          const attributes = { ...customAttributes(attrs), input_shape: attr.int(attrs.inputShape) };
          return ensureShape(call('InvolveInvolutionInputGrad', attributes, dy, weights), attrs.inputShape);
        }
        const geometry = new Geometry(attrs, attrs.inputShape, dy.shape);
        return composition(geometry).inputGradient(dy, weights, geometry);
      },
    ),

    kernel<{ dy: TensorInfo; x: TensorInfo }, InvolutionAttrs>(
      InvolutionBackpropKernel,
      ({ dy, x }, attrs) => {
        if (customOps.has('InvolveInvolutionKernelGrad')) {
          const shape = [...dy.shape.slice(0, 3), attrs.groups * attrs.kernelSize ** 2];
          return ensureShape(call('InvolveInvolutionKernelGrad', customAttributes(attrs), dy, x), shape);
        }
        const geometry = new Geometry(attrs, x.shape, dy.shape);
        return composition(geometry).kernelGradient(dy, x, geometry);
      },
    ),
  ];
}

// --- internal ---

function composition({ perGroup, attrs }: Geometry) {
  return perGroup >= LEAST_FOR_BANDS && attrs.kernelSize > 1 ? bands : shifts;
}

function customAttributes({ kernelSize, groups, stride, dilation }: InvolutionAttrs) {
  return {
    ...{ kernel_size: attr.int(kernelSize), groups: attr.int(groups) },
    ...{ stride: attr.int(stride), dilation: attr.int(dilation) },
  };
}

import {
  Involution,
  InvolutionBackpropInput,
  InvolutionBackpropKernel,
  type InvolutionAttrs,
  zerosBefore,
} from '../../kernels/involution.js';
import { attr } from '../attributes.js';
import * as bands from './parts/involution-bands.js';
import { Geometry } from './parts/involution-geometry.js';
import * as shifts from './parts/involution-shifts.js';
import { tensorflowKernel } from './kernel.js';
import { call, ensureShape } from './stock.js';

/** Fewer channels a group are not worth a matrix. */
const LEAST_FOR_BANDS = 4;

/** Custom operations where they are loaded, else compositions. */
export const involution = tensorflowKernel(Involution, ({ x, kernel }, attrs, { customOps }) => {
  if (customOps.has('InvolveInvolution'))
    return call('InvolveInvolution', customAttributes(attrs), x, kernel);
  const output = [...kernel.shape.slice(0, 3), x.shape[3]];
  const geometry = new Geometry(attrs, x.shape, output);
  return composition(geometry).weigh(x, kernel, geometry);
});

export const involutionBackpropInput = tensorflowKernel(
  InvolutionBackpropInput,
  ({ dy, kernel }, attrs, { customOps }) => {
    if (customOps.has('InvolveInvolutionInputGrad')) {
      const attributes = { ...customAttributes(attrs), input_shape: attr.int(attrs.inputShape) };
      return ensureShape(call('InvolveInvolutionInputGrad', attributes, dy, kernel), attrs.inputShape);
    }
    const geometry = new Geometry(attrs, attrs.inputShape, dy.shape);
    return composition(geometry).inputGradient(dy, kernel, geometry);
  },
);

export const involutionBackpropKernel = tensorflowKernel(
  InvolutionBackpropKernel,
  ({ dy, x }, attrs, { customOps }) => {
    if (customOps.has('InvolveInvolutionKernelGrad')) {
      const shape = [...dy.shape.slice(0, 3), attrs.groups * attrs.kernelSize ** 2];
      return ensureShape(call('InvolveInvolutionKernelGrad', customAttributes(attrs), dy, x), shape);
    }
    const geometry = new Geometry(attrs, x.shape, dy.shape);
    return composition(geometry).kernelGradient(dy, x, geometry);
  },
);

// --- internal ---

function composition({ perGroup, attrs }: Geometry) {
  return perGroup >= LEAST_FOR_BANDS && attrs.kernelSize > 1 ? bands : shifts;
}

function customAttributes(attrs: InvolutionAttrs) {
  const { kernelSize, groups, stride, dilation } = attrs;
  return {
    kernel_size: attr.int(kernelSize),
    groups: attr.int(groups),
    stride: attr.int(stride),
    dilation: attr.int(dilation),
    before: attr.int(zerosBefore(attrs)),
  };
}

import { ConvolutionAdd } from '../../kernels/convolution-add.js';
import type { Tensor4D } from '../../tf-core.js';
import { upsample } from '../../upsample.js';
import { tensorflowKernel } from './kernel.js';
import { convolve } from './parts/convolve.js';
import { add } from './stock.js';

export const convolutionAdd = tensorflowKernel(
  ConvolutionAdd,
  ({ x, filter, addend }, { repeat }, options) => {
    const y = convolve(x, filter, { strides: 1, pad: 'same' }, options);
    const [, height, width] = y.shape;
    return add(y, repeat === 1 ? addend : upsample(addend as Tensor4D, height!, width!));
  },
);

import { ConvolutionAdd, type ConvolutionAddAttrs } from '../../kernels.js';
import { isFloat, kernel } from './kernel.js';
import { convInfoOf, forward } from './parts/convolve.js';

export const convolutionAdd = kernel<ConvolutionAddAttrs>(
  ConvolutionAdd,
  (backend, { x, filter, addend }, { repeat }) => {
    if (!isFloat(x, filter, addend)) return undefined;
    const info = convInfoOf({ strides: [1, 1], pad: 'same' }, x.shape, filter.shape);
    const added = { pointer: backend.pointer(addend), shift: repeat - 1 };
    return info && forward(backend, x, filter, info, { addend: added });
  },
);

import { ConvolutionAdd } from '../../kernels/convolution-add.js';
import { isFloat, wasmKernel } from './kernel.js';
import { convInfoOf } from './parts/conv-info.js';
import { forward } from './parts/convolve.js';

export const convolutionAdd = wasmKernel(ConvolutionAdd, (backend, { x, filter, addend }, { repeat }) => {
  if (!isFloat(x, filter, addend)) return undefined;
  const info = convInfoOf({ strides: [1, 1], pad: 'same' }, x.shape, filter.shape);
  const added = { pointer: backend.pointer(addend), shift: repeat - 1 };
  return info && forward(backend, x, filter, info, { addend: added });
});

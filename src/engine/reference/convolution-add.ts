import { Conv2D, getKernel, type TensorInfo } from '../tf-core.js';
import type { MathBackendCPU } from '../tf-cpu.js';
import { ConvolutionAdd, type ConvolutionAddAttrs } from '../kernels.js';
import { plainKernel } from './plain-kernel.js';

/** tf.js's own convolution, and the sum after it. */
export const convolutionKernels = [
  plainKernel<ConvolutionAddAttrs>(
    ConvolutionAdd,
    ({ inputs, attrs: { repeat }, values, backend, output }) => {
      const { x, filter } = inputs;
      const y = convolve(backend, x, filter);
      const sums = Float32Array.from(backend.data.get(y.dataId).values as Float32Array);
      backend.disposeIntermediateTensorInfo(y);
      const addend = values('addend');
      const [batch, height, width, channels] = y.shape;
      const [rows, columns] = [Math.ceil(height / repeat), Math.ceil(width / repeat)];
      let to = 0;
      for (let b = 0; b < batch; b++)
        for (let i = 0; i < height; i++)
          for (let j = 0; j < width; j++) {
            const from = (b * rows + Math.floor(i / repeat)) * columns + Math.floor(j / repeat);
            for (let c = 0; c < channels; c++) sums[to++] += addend[from * channels + c];
          }
      return output(y.shape, sums);
    },
  ),
];

// --- internal ---

/** Looked up at each call, so that whoever counts tf.js's convolutions counts this one too. */
function convolve(backend: MathBackendCPU, x: TensorInfo, filter: TensorInfo): TensorInfo {
  const { kernelFunc } = getKernel(Conv2D, 'cpu');
  const attrs = { strides: 1, pad: 'same', dataFormat: 'NHWC', dilations: 1 };
  return kernelFunc({ inputs: { x, filter }, backend, attrs }) as TensorInfo;
}

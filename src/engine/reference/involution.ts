import {
  Involution,
  InvolutionBackpropInput,
  InvolutionBackpropKernel,
  type InvolutionAttrs,
  type InvolutionBackpropInputAttrs,
} from '../kernels.js';
import { plainKernel, sizeOf } from './plain-kernel.js';

/** Calls `visit` for every (output place, tap, input place) triple that lies inside the image. */
function forEachTap(
  attrs: InvolutionAttrs,
  input: readonly number[],
  output: readonly number[],
  visit: (inputPlace: number, outputPlace: number, tap: number) => void,
): void {
  const { kernelSize: k, stride, dilation } = attrs;
  const [batch, height, width] = input;
  const [, outHeight, outWidth] = output;
  const padding = (dilation * (k - 1)) / 2;
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < outHeight; i++)
      for (let j = 0; j < outWidth; j++)
        for (let u = 0; u < k; u++) {
          const y = i * stride + u * dilation - padding;
          if (y < 0 || y >= height) continue;
          for (let v = 0; v < k; v++) {
            const x = j * stride + v * dilation - padding;
            if (x < 0 || x >= width) continue;
            visit((b * height + y) * width + x, (b * outHeight + i) * outWidth + j, u * k + v);
          }
        }
}

/** Involution and its two gradients, by the definition (Li et al. 2021, equation 4); sums in float64. */
export const involutionKernels = [
  plainKernel<InvolutionAttrs>(Involution, ({ inputs, attrs, values, output }) => {
    const x = values('x');
    const kernel = values('kernel');
    const channels = inputs.x.shape[3];
    const shape = [...inputs.kernel.shape.slice(0, 3), channels];
    const { groups } = attrs;
    const taps = attrs.kernelSize ** 2;
    const perGroup = channels / groups;
    const sums = new Float64Array(sizeOf(shape));
    forEachTap(attrs, inputs.x.shape, shape, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / perGroup);
        sums[to * channels + c] += kernel[(to * groups + group) * taps + tap] * x[from * channels + c];
      }
    });
    return output(shape, Float32Array.from(sums));
  }),

  plainKernel<InvolutionBackpropInputAttrs>(InvolutionBackpropInput, ({ inputs, attrs, values, output }) => {
    const dy = values('dy');
    const kernel = values('kernel');
    const { groups, inputShape } = attrs;
    const channels = inputShape[3];
    const taps = attrs.kernelSize ** 2;
    const perGroup = channels / groups;
    const sums = new Float64Array(sizeOf(inputShape));
    forEachTap(attrs, inputShape, inputs.dy.shape, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / perGroup);
        sums[from * channels + c] += kernel[(to * groups + group) * taps + tap] * dy[to * channels + c];
      }
    });
    return output(inputShape, Float32Array.from(sums));
  }),

  plainKernel<InvolutionAttrs>(InvolutionBackpropKernel, ({ inputs, attrs, values, output }) => {
    const dy = values('dy');
    const x = values('x');
    const channels = inputs.x.shape[3];
    const { groups } = attrs;
    const taps = attrs.kernelSize ** 2;
    const perGroup = channels / groups;
    const shape = [...inputs.dy.shape.slice(0, 3), groups * taps];
    const sums = new Float64Array(sizeOf(shape));
    forEachTap(attrs, inputs.x.shape, inputs.dy.shape, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / perGroup);
        sums[(to * groups + group) * taps + tap] += dy[to * channels + c] * x[from * channels + c];
      }
    });
    return output(shape, Float32Array.from(sums));
  }),
];

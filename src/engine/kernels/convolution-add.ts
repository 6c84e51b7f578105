import { Conv2D, Conv2DBackpropFilter, Conv2DBackpropInput, clone, engine, pad } from '../tf-core.js';
import type { NamedAttrMap, NamedTensorMap, Tensor, Tensor4D } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import { ResizeNearestGrad } from './resize-nearest-grad.js';

export interface ConvolutionAddAttrs {
  readonly repeat: 1 | 2;
}

/**
 * A convolution and a map that is added to it: y = x ∗ filter + addend, stride 1, SAME padding. Where `repeat` is 2
 * each value of the addend stands for 2×2 places, cut to H×W. Two paths of an octave convolution end in this sum
 * (Chen et al. 2019, section 3), and none of them needs a map of its own at full resolution.
 *
 * `x` [B,H,W,C], `filter` [kh,kw,C,F], `addend` [B,⌈H/repeat⌉,⌈W/repeat⌉,F] → [B,H,W,F].
 */
export const ConvolutionAdd = defineKernel({
  name: 'ConvolutionAdd',
  inputs: { x: float32(4), filter: float32(4), addend: float32(4) },
  attributes: attributes<ConvolutionAddAttrs>(),
  outputs: { y: ({ x: [batch, height, width], filter }) => [batch, height, width, filter[3]] },
  gradient: {
    // The sum needs no values of the addend, so nothing of that path is kept here.
    keeps: ['x', 'filter'],
    of: (dy, { x, filter }, { repeat }) => ({
      x: () => tfjs(Conv2DBackpropInput, { dy, filter }, { ...PLAIN, inputShape: x.shape }),
      filter: () => tfjs(Conv2DBackpropFilter, { x, dy }, { ...PLAIN, filterShape: filter.shape }),
      addend: () => (repeat === 1 ? clone(dy) : sumPairs(dy)),
    }),
  },
  // tf.js's own convolution, and the sum after it.
  reference: ({ shapes, values, attrs: { repeat }, tfjs: convolve }) => {
    const [batch, height, width] = shapes.x;
    const channels = shapes.filter[3];
    const sums = Float32Array.from(convolve(Conv2D, ['x', 'filter'], { ...PLAIN, dilations: 1 }));
    const [rows, columns] = [Math.ceil(height / repeat), Math.ceil(width / repeat)];
    let to = 0;
    for (let b = 0; b < batch; b++)
      for (let i = 0; i < height; i++)
        for (let j = 0; j < width; j++) {
          const from = (b * rows + Math.floor(i / repeat)) * columns + Math.floor(j / repeat);
          for (let c = 0; c < channels; c++) sums[to++] += values.addend[from * channels + c];
        }
    return sums;
  },
  tolerance: 5e-6,
});

// --- internal ---

const PLAIN = { strides: 1, pad: 'same', dataFormat: 'NHWC' };

function tfjs(kernelName: string, inputs: NamedTensorMap, attrs: NamedAttrMap): Tensor {
  return engine().runKernel(kernelName, inputs, attrs);
}

/** Sums of 2×2 places one behind the other, or of their part inside: [B,H,W,C] → [B,⌈H/2⌉,⌈W/2⌉,C]. */
function sumPairs(dy: Tensor4D): Tensor {
  const [batch, height, width, channels] = dy.shape;
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const [below, right] = [2 * rows - height, 2 * columns - width];
  const isEven = below + right === 0;
  const whole = isEven ? dy : pad(dy, [[0, 0], [0, below], [0, right], [0, 0]]); // prettier-ignore
  return callKernel(
    ResizeNearestGrad,
    { dy: whole },
    { inputShape: [batch, rows, columns, channels], alignCorners: false, halfPixelCenters: false },
  );
}

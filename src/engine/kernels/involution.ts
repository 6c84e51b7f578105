import type { Tensor4D } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { Shape, Shape4D } from './kernel.js';
import { sizeOf } from './size-of.js';

export interface InvolutionAttrs {
  /** K, odd. */
  readonly kernelSize: number;
  /** G, which divides C. */
  readonly groups: number;
  readonly stride: number;
  readonly dilation: number;
  /** `same`, the default: zeros around the map, d·(K−1)/2 on each side. `valid`: none, it is that much smaller. */
  readonly padding?: 'same' | 'valid';
}

/** Places of zeros before the first one of an axis. */
export function zerosBefore({ kernelSize, dilation, padding = 'same' }: InvolutionAttrs): number {
  return padding === 'same' ? (dilation * (kernelSize - 1)) / 2 : 0;
}

/** Places that come out of an axis of `length`. */
export function outputLength(length: number, attrs: InvolutionAttrs): number {
  const reach = attrs.dilation * (attrs.kernelSize - 1);
  return Math.floor((length + 2 * zerosBefore(attrs) - reach - 1) / attrs.stride) + 1;
}

export interface InvolutionBackpropInputAttrs extends InvolutionAttrs {
  readonly inputShape: Shape4D;
}

/**
 * Involution (Li et al. 2021, section 3.1): Y(i,j,k) = Σ_uv H(i,j,u,v,⌈kG/C⌉) · X(s·i+d·u, s·j+d·v, k),
 * with zero padding d·(K−1)/2 on each side, or none.
 *
 * `x` [B,H,W,C], `kernel` [B,OH,OW,G·K·K] (group-major: index g·K² + u·K + v), OH = ⌊(H−1)/s⌋+1 with the padding →
 * [B,OH,OW,C].
 */
export const Involution = defineKernel({
  name: 'Involution',
  inputs: { x: float32(4), kernel: float32(4) },
  attributes: attributes<InvolutionAttrs>(),
  outputs: { y: ({ x, kernel: [batch, height, width] }) => [batch, height, width, x[3]] },
  gradient: {
    keeps: ['x', 'kernel'],
    of: (dy, { x, kernel }, attrs) => ({
      x: () => callKernel(InvolutionBackpropInput, { dy: dy, kernel }, { ...attrs, inputShape: x.shape }),
      kernel: () => neighbourhoodProduct(dy, x, attrs),
    }),
  },
  // By the definition (equation 4); sums in float64.
  reference: ({ shapes, values: { x, kernel }, attrs }) => {
    const channels = shapes.x[3];
    const { groups } = attrs;
    const taps = attrs.kernelSize ** 2;
    const perGroup = channels / groups;
    const shape = [...shapes.kernel.slice(0, 3), channels];
    const sums = new Float64Array(sizeOf(shape));
    forEachTap(attrs, shapes.x, shape, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / perGroup);
        sums[to * channels + c] += kernel[(to * groups + group) * taps + tap] * x[from * channels + c];
      }
    });
    return Float32Array.from(sums);
  },
  tolerance: 3e-6,
});

/** Gradient to `x`. `dy` [B,OH,OW,C], `kernel` as above → [inputShape]. */
export const InvolutionBackpropInput = defineKernel({
  name: 'InvolutionBackpropInput',
  inputs: { dy: float32(4), kernel: float32(4) },
  attributes: attributes<InvolutionBackpropInputAttrs>(),
  outputs: { dx: (_, { inputShape }) => inputShape },
  reference: ({ shapes, values: { dy, kernel }, attrs }) => {
    const { groups, inputShape } = attrs;
    const channels = inputShape[3];
    const taps = attrs.kernelSize ** 2;
    const perGroup = channels / groups;
    const sums = new Float64Array(sizeOf(inputShape));
    forEachTap(attrs, inputShape, shapes.dy, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / perGroup);
        sums[from * channels + c] += kernel[(to * groups + group) * taps + tap] * dy[to * channels + c];
      }
    });
    return Float32Array.from(sums);
  },
  tolerance: 3e-6,
});

/**
 * Gradient to `kernel`. `dy` [B,OH,OW,C], `x` [B,H,W,C] → [B,OH,OW,G·K·K].
 *
 * As an operation of its own this is the product of queries and keys, see `neighbourhoodProduct`: bilinear, like
 * involution itself, and the three kernels are each other's derivatives.
 */
export const InvolutionBackpropKernel = defineKernel({
  name: 'InvolutionBackpropKernel',
  inputs: { dy: float32(4), x: float32(4) },
  attributes: attributes<InvolutionAttrs>(),
  outputs: {
    dKernel: ({ dy: [batch, height, width] }, { groups, kernelSize }) => [
      batch,
      height,
      width,
      groups * kernelSize ** 2,
    ],
  },
  gradient: {
    keeps: ['dy', 'x'],
    of: (kernel, { dy, x }, attrs) => ({
      dy: () => callKernel(Involution, { x, kernel }, attrs),
      x: () => callKernel(InvolutionBackpropInput, { dy, kernel }, { ...attrs, inputShape: x.shape }),
    }),
  },
  reference: ({ shapes, values: { dy, x }, attrs }) => {
    const channels = shapes.x[3];
    const { groups } = attrs;
    const taps = attrs.kernelSize ** 2;
    const perGroup = channels / groups;
    const sums = new Float64Array(sizeOf(shapes.dy.slice(0, 3)) * groups * taps);
    forEachTap(attrs, shapes.x, shapes.dy, (from, to, tap) => {
      for (let c = 0; c < channels; c++) {
        const group = Math.floor(c / perGroup);
        sums[(to * groups + group) * taps + tap] += dy[to * channels + c] * x[from * channels + c];
      }
    });
    return Float32Array.from(sums);
  },
  tolerance: 3e-6,
});

/**
 * Products of each query with the keys around it, a number a group: s(i,j,g,u,v) = Σ_{c in group g} q(i,j,c) ·
 * k(s·i+d·u, s·j+d·v, c), keys outside of the map being zero. `query` [B,OH,OW,C], `key` [B,H,W,C] →
 * [B,OH,OW,G·K·K], laid out as involution takes its kernel: local attention is this, a softmax, and involution
 * over the values, and never holds K² times the activations. With as many groups as channels and queries of one
 * it is the neighbourhood itself.
 */
export function neighbourhoodProduct(query: Tensor4D, key: Tensor4D, attrs: InvolutionAttrs): Tensor4D {
  return callKernel(InvolutionBackpropKernel, { dy: query, x: key }, attrs);
}

// --- internal ---

/** Calls `visit` for every (output place, tap, input place) triple that lies inside the image. */
function forEachTap(
  attrs: InvolutionAttrs,
  input: Shape,
  output: Shape,
  visit: (inputPlace: number, outputPlace: number, tap: number) => void,
): void {
  const { kernelSize: k, stride, dilation } = attrs;
  const [batch, height, width] = input;
  const [, outHeight, outWidth] = output;
  const padding = zerosBefore(attrs);
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

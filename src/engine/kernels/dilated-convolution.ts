import type { Tensor4D } from '../tf-core.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { Shape4D } from './kernel.js';
import { sizeOf } from './size-of.js';

export interface DilationAttrs {
  /** Places from one tap to the next, in both directions. */
  readonly dilation: number;
  /** Each channel by a filter of its own, [kh,kw,C,1]. */
  readonly depthwise: boolean;
}

/**
 * Atrous convolution (Chen et al. 2017, "Rethinking Atrous Convolution", section 3.1) at stride 1, zeros around, the size
 * kept: y[i] = Σ_t x[i + dilation·(t − ⌊k/2⌋)] · filter[t], a plain one's filters over every `dilation`-th place. The
 * window's sides are odd. tf.js has one, and no gradients of it.
 *
 * `x` [B,H,W,C], `filter` [kh,kw,C,F], or [kh,kw,C,1] of a depthwise one → [B,H,W,F], or [B,H,W,C].
 */
export const DilatedConvolution = defineKernel({
  name: 'DilatedConvolution',
  inputs: { x: float32(4), filter: float32(4) },
  attributes: attributes<DilationAttrs>(),
  outputs: {
    y: ({ x: [batch, height, width, channels], filter }, { depthwise }) => {
      return [batch, height, width, depthwise ? channels : filter[3]];
    },
  },
  gradient: {
    keeps: ['x', 'filter'],
    of: (dy, { x, filter }, attrs) => ({
      x: () => callKernel(DilatedConvolutionInputGrad, { dy: dy as Tensor4D, filter }, attrs),
      filter: () => {
        const [height, width] = filter.shape;
        return callKernel(
          DilatedConvolutionFilterGrad,
          { x, dy: dy as Tensor4D },
          { ...attrs, height, width },
        );
      },
    }),
  },
  reference: ({ shapes: { x, filter }, values, attrs }) => {
    const filters = attrs.depthwise ? x[3] : filter[3];
    const y = new Float64Array((sizeOf(x) / x[3]) * filters);
    overTaps(x, filter, attrs.dilation, (from, to, tap) => {
      for (let c = 0; c < x[3]; c++)
        for (let f = 0; f < filter[3]; f++) {
          const at = to * filters + (attrs.depthwise ? c : f);
          y[at] += values.x[from * x[3] + c] * values.filter[(tap * x[3] + c) * filter[3] + f];
        }
    });
    return Float32Array.from(y);
  },
  tolerance: 5e-6,
});

/** Its gradient to the input: `dy` [B,H,W,F], `filter` → [B,H,W,C]. */
export const DilatedConvolutionInputGrad = defineKernel({
  name: 'DilatedConvolutionInputGrad',
  inputs: { dy: float32(4), filter: float32(4) },
  attributes: attributes<DilationAttrs>(),
  outputs: { dx: ({ dy: [batch, height, width], filter }) => [batch, height, width, filter[2]] },
  reference: ({ shapes: { dy, filter }, values, attrs }) => {
    const [filters, channels] = [dy[3], filter[2]];
    const dx = new Float64Array((sizeOf(dy) / filters) * channels);
    overTaps(dy, filter, attrs.dilation, (from, to, tap) => {
      for (let c = 0; c < channels; c++)
        for (let f = 0; f < filter[3]; f++) {
          const above = values.dy[to * filters + (attrs.depthwise ? c : f)];
          dx[from * channels + c] += above * values.filter[(tap * channels + c) * filter[3] + f];
        }
    });
    return Float32Array.from(dx);
  },
  tolerance: 5e-6,
});

/** Its gradient to the filter: `x` [B,H,W,C], `dy` [B,H,W,F] → [height,width,C,F], or [height,width,C,1]. */
export const DilatedConvolutionFilterGrad = defineKernel({
  name: 'DilatedConvolutionFilterGrad',
  inputs: { x: float32(4), dy: float32(4) },
  attributes: attributes<DilationAttrs & { readonly height: number; readonly width: number }>(),
  outputs: {
    dFilter: ({ x, dy }, { depthwise, height, width }) => [height, width, x[3], depthwise ? 1 : dy[3]],
  },
  reference: ({ shapes: { x, dy }, values, attrs }) => {
    const { depthwise, height, width, dilation } = attrs;
    const shape: Shape4D = [height, width, x[3], depthwise ? 1 : dy[3]];
    const sums = new Float64Array(sizeOf(shape));
    overTaps(x, shape, dilation, (from, to, tap) => {
      for (let c = 0; c < x[3]; c++)
        for (let f = 0; f < shape[3]; f++) {
          const above = values.dy[to * dy[3] + (depthwise ? c : f)];
          sums[(tap * x[3] + c) * shape[3] + f] += values.x[from * x[3] + c] * above;
        }
    });
    return Float32Array.from(sums);
  },
  tolerance: 5e-6,
});

// --- internal ---

/** `use` gets the places of x and of y that a tap connects, as numbers of places. */
function overTaps(
  [batch, height, width]: Shape4D,
  [rows, columns]: Shape4D,
  dilation: number,
  use: (from: number, to: number, tap: number) => void,
): void {
  for (let b = 0; b < batch; b++)
    for (let i = 0; i < height; i++)
      for (let j = 0; j < width; j++)
        for (let tap = 0; tap < rows * columns; tap++) {
          const y = i + dilation * (Math.floor(tap / columns) - (rows - 1) / 2);
          const x = j + dilation * ((tap % columns) - (columns - 1) / 2);
          if (y < 0 || y >= height || x < 0 || x >= width) continue;
          use((b * height + y) * width + x, (b * height + i) * width + j, tap);
        }
}

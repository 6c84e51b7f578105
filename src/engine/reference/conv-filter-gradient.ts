import type { Numbers } from '../kernels/kernel.js';
import { sizeOf } from '../kernels/size-of.js';
import { Conv2DBackpropFilter, type KernelConfig, type TensorInfo, backend_util } from '../tf-core.js';
import type { MathBackendCPU } from '../tf-cpu.js';

type Shape4D = [number, number, number, number];

interface FilterGradientAttrs {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly filterShape: Shape4D;
  readonly dataFormat?: 'NHWC' | 'NCHW';
}

/**
 * Gradient of a dense convolution to its filter: x [B,H,W,C] and dy [B,OH,OW,D] in, [kh,kw,C,D] out,
 *
 *     dW[r,c,i,o] = Σ_b Σ_y Σ_x x[b, y·s+r, x·s+c, i] · dy[b,y,x,o]
 *
 * in the place of tf.js's own kernel, which fetches every number by a call and takes most of a training step.
 * The sums are in double precision and in the same order, so the bits are the same.
 */
export const convFilterGradient: KernelConfig = {
  kernelName: Conv2DBackpropFilter,
  backendName: 'cpu',
  kernelFunc: ({ inputs: given, backend, attrs }) => {
    const cpu = backend as MathBackendCPU;
    const inputs = given as Record<'x' | 'dy', TensorInfo>;
    const values = ({ dataId }: TensorInfo): Numbers => cpu.data.get(dataId).values as Numbers;
    const { strides, pad, dimRoundingMode, filterShape, dataFormat } =
      attrs as unknown as FilterGradientAttrs;
    if (dataFormat === 'NCHW') throw new Error(`${Conv2DBackpropFilter}: channels must come last`);
    const info = backend_util.computeConv2DInfo(
      ...[inputs.x.shape as Shape4D, filterShape, strides, 1, pad, dimRoundingMode],
    );
    const x = values(inputs.x);
    const dy = values(inputs.dy);
    const sums = new Float64Array(sizeOf(filterShape));
    const { inHeight, inWidth, outHeight, outWidth, inChannels, outChannels } = info;
    for (let row = 0; row < info.filterHeight; row++) {
      for (let column = 0; column < info.filterWidth; column++) {
        const tap = (row * info.filterWidth + column) * inChannels * outChannels;
        for (let place = 0; place < info.batchSize * outHeight * outWidth; place++) {
          const image = Math.floor(place / (outHeight * outWidth));
          const outRow = Math.floor(place / outWidth) % outHeight;
          const inRow = outRow * info.strideHeight + row - info.padInfo.top;
          const inColumn = (place % outWidth) * info.strideWidth + column - info.padInfo.left;
          if (inRow < 0 || inRow >= inHeight || inColumn < 0 || inColumn >= inWidth) continue;
          const from = ((image * inHeight + inRow) * inWidth + inColumn) * inChannels;
          addOuterProduct(
            sums,
            tap,
            x.subarray(from, from + inChannels),
            dy,
            place * outChannels,
            outChannels,
          );
        }
      }
    }
    return cpu.makeTensorInfo(filterShape, 'float32', Float32Array.from(sums));
  },
};

// --- internal ---

/** sums[at + i·count + o] += x[i] · dy[from + o] */
function addOuterProduct(
  sums: Float64Array,
  at: number,
  x: Numbers,
  dy: Numbers,
  from: number,
  count: number,
): void {
  for (let i = 0; i < x.length; i++) {
    const factor = x[i];
    const row = at + i * count;
    for (let o = 0; o < count; o++) sums[row + o] += factor * dy[from + o];
  }
}

import { AvgPool, AvgPoolGrad, MaxPool, MaxPoolGrad, backend_util } from '../../../tf-core.js';
import { ELEMENTS_PER_ITEM, isFloat, kernel } from '../kernel.js';
import { roundUp } from '../parts/gemm.js';

type Shape4D = [number, number, number, number];

interface PoolAttrs {
  readonly filterSize: [number, number] | number;
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Pieces of work that the gradient of max pooling is cut into, by images and by channels. */
const GRAD_ITEMS = 16;

function infoOf(shape: readonly number[], { filterSize, strides, pad, dimRoundingMode }: PoolAttrs) {
  return backend_util.computePool2DInfo(shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
}

/** Sizes as the kernels take them. */
function geometry(info: backend_util.Conv2DInfo) {
  return {
    height: info.inHeight,
    width: info.inWidth,
    channels: info.inChannels,
    outH: info.outHeight,
    outW: info.outWidth,
    kernelH: info.filterHeight,
    kernelW: info.filterWidth,
    strideH: info.strideHeight,
    strideW: info.strideWidth,
    top: info.padInfo.top,
    left: info.padInfo.left,
  };
}

/** Rows of a map that one piece of work computes from windows of so many places. */
function rowsPerItem(width: number, channels: number, places: number): number {
  return Math.max(1, Math.floor((4 * ELEMENTS_PER_ITEM) / Math.max(1, width * channels * places)));
}

function pooling(name: string, routine: 'maxPool' | 'avgPool') {
  return kernel<PoolAttrs>(name, (backend, { x }, attrs) => {
    if (!isFloat(x)) return undefined;
    const info = infoOf(x.shape, attrs);
    const out = backend.output(info.outShape);
    const [batch, outH, outW, channels] = info.outShape;
    if (batch * outH * outW * channels === 0) return out;
    const rows = batch * outH;
    const blockRows = rowsPerItem(outW, channels, info.filterHeight * info.filterWidth);
    const [from, to] = [backend.pointer(x), backend.pointer(out)];
    const items = Math.ceil(rows / blockRows);
    backend.routines[routine]({ items, x: from, to, rows, ...geometry(info), blockRows });
    return out;
  });
}

export const poolingKernels = [
  pooling(MaxPool, 'maxPool'),
  pooling(AvgPool, 'avgPool'),

  kernel<PoolAttrs>(MaxPoolGrad, (backend, { dy, input, output }, attrs) => {
    if (!isFloat(dy, input, output)) return undefined;
    const info = infoOf(input.shape, attrs);
    const [batch, , , channels] = info.inShape;
    const dx = backend.output(input.shape);
    if (info.inShape.includes(0)) return dx;
    const wanted = Math.ceil(GRAD_ITEMS / batch);
    const blockC = roundUp(Math.ceil((channels * 4) / wanted), 64);
    backend.routines.maxPoolGrad({
      items: batch * Math.ceil((channels * 4) / blockC),
      x: backend.pointer(input),
      y: backend.pointer(output),
      dy: backend.pointer(dy),
      dx: backend.pointer(dx),
      ...geometry(info),
      blockC,
    });
    return dx;
  }),

  // As tf.js has it: the share of a window is its whole size, at the border too. `tfjs-gradients.ts` makes up for that.
  kernel<PoolAttrs>(AvgPoolGrad, (backend, { dy, input }, attrs) => {
    if (!isFloat(dy, input)) return undefined;
    const info = infoOf(input.shape, attrs);
    const [batch, height, width, channels] = info.inShape;
    const dx = backend.output(input.shape);
    if (info.inShape.includes(0)) return dx;
    const places = info.filterHeight * info.filterWidth;
    const rows = batch * height;
    const blockRows = rowsPerItem(width, channels, places);
    backend.routines.avgPoolGrad({
      items: Math.ceil(rows / blockRows),
      dy: backend.pointer(dy),
      dx: backend.pointer(dx),
      rows,
      ...geometry(info),
      blockRows,
      factor: 1 / places,
    });
    return dx;
  }),
];

import { type NamedAttrMap, type TensorInfo, backend_util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { type Addend, NO_ADDEND, multiply, pack, packedBytes, roundUp, rowsPerItem } from './gemm.js';
import { backwardTaps, forwardTaps, type Tap, withTaps } from './taps.js';
import { type Image, isForWinograd, winogradConvolve, winogradGradient } from './winograd.js';

type ConvInfo = backend_util.Conv2DInfo;
type Shape4D = [number, number, number, number];

/** Values of k that the kernels gather at a time (BLOCK_K of assembly/gemm.ts). */
const BLOCK_K = 256;

/** What a convolution of tf.js's is; undefined where the kernels here do not compute it. */
export function convInfoOf(
  attrs: NamedAttrMap,
  inputShape: number[],
  filterShape: number[],
): ConvInfo | undefined {
  if (attrs.dataFormat !== undefined && attrs.dataFormat !== 'NHWC') return undefined;
  const info = backend_util.computeConv2DInfo(
    inputShape as Shape4D,
    filterShape as Shape4D,
    attrs.strides as [number, number],
    (attrs.dilations ?? 1) as number,
    attrs.pad as 'same',
    attrs.dimRoundingMode as 'floor' | undefined,
  );
  // Strides that differ are rare enough to be left to the CPU kernels, and so are grouped convolutions.
  if (info.strideHeight !== info.strideWidth || info.inChannels !== filterShape[2]) return undefined;
  return info;
}

/** One weight matrix for every pixel, and the pixels one behind the other: a plain product. */
function isPointwise(info: ConvInfo): boolean {
  const { padInfo, filterHeight, filterWidth, strideHeight } = info;
  const hasPadding = padInfo.top + padInfo.bottom + padInfo.left + padInfo.right > 0;
  return filterHeight * filterWidth === 1 && strideHeight === 1 && !hasPadding;
}

interface Grid {
  readonly height: number;
  readonly width: number;
}

interface Convolution {
  readonly source: number;
  readonly sourceSize: Grid;
  readonly channels: number;
  readonly step: number;
  readonly taps: readonly Tap[];
  readonly packed: number;
  readonly n: number;
  readonly bias: number;
  readonly relu: boolean;
  readonly addend?: Addend;
  readonly batch: number;
  readonly grid: Grid;
  readonly target: number;
  readonly targetSize: Grid;
  readonly targetStep: number;
  readonly targetY: number;
  readonly targetX: number;
}

function convolve(backend: WasmBackend, c: Convolution): void {
  const { pointer: addend, shift } = c.addend ?? NO_ADDEND;
  const rows = c.batch * c.grid.height * c.grid.width;
  if (rows === 0) return;
  const blockM = rowsPerItem(rows);
  const scratchStride = roundUp(blockM * ((BLOCK_K + 4) * 4 + c.n * 4) + 64, 64);
  withTaps(backend, c.taps, (taps) => {
    backend.scratch(backend.pool.threads * scratchStride, (scratch) => {
      backend.routines.convolve({
        items: Math.ceil(rows / blockM),
        source: c.source,
        height: c.sourceSize.height,
        width: c.sourceSize.width,
        channels: c.channels,
        step: c.step,
        taps,
        tapCount: c.taps.length,
        packed: c.packed,
        n: c.n,
        bias: c.bias,
        relu: Number(c.relu),
        batch: c.batch,
        gridH: c.grid.height,
        gridW: c.grid.width,
        target: c.target,
        targetH: c.targetSize.height,
        targetW: c.targetSize.width,
        targetStep: c.targetStep,
        targetY: c.targetY,
        targetX: c.targetX,
        blockM,
        scratch,
        scratchStride,
        addend,
        shift,
      });
    });
  });
}

function inputImage(backend: WasmBackend, tensor: TensorInfo, info: ConvInfo): Image {
  const { inHeight: height, inWidth: width, inChannels: channels } = info;
  return { pointer: backend.pointer(tensor), height, width, channels };
}

function outputImage(backend: WasmBackend, tensor: TensorInfo, info: ConvInfo): Image {
  const { outHeight: height, outWidth: width, outChannels: channels } = info;
  return { pointer: backend.pointer(tensor), height, width, channels };
}

/** What is done to the result of a convolution where it is still in the cache. */
interface Finish {
  readonly bias?: number;
  readonly relu?: boolean;
  readonly addend?: Addend;
}

/** y = x ∗ filter, finished as asked for. */
export function forward(
  backend: WasmBackend,
  x: TensorInfo,
  filter: TensorInfo,
  info: ConvInfo,
  { bias = 0, relu = false, addend = NO_ADDEND }: Finish = {},
): TensorInfo {
  const out = backend.output(info.outShape);
  const k = info.filterHeight * info.filterWidth * info.inChannels;
  const n = info.outChannels;
  if (info.batchSize * info.outHeight * info.outWidth * n === 0) return out;
  if (isForWinograd(info)) {
    const { batchSize: batch, padInfo } = info;
    const weights = backend.pointer(filter);
    const { top, left } = padInfo;
    const images = { source: inputImage(backend, x, info), target: outputImage(backend, out, info) };
    const finish = { bias, relu, addend };
    winogradConvolve(backend, { batch, ...images, top, left, weights, isBackward: false, ...finish });
    return out;
  }
  backend.scratch(packedBytes(k, n), (packed) => {
    pack(backend, { pointer: backend.pointer(filter), stride: n * 4, isTransposed: false }, packed, k, n);
    const source = backend.pointer(x);
    const target = backend.pointer(out);
    if (isPointwise(info)) {
      const m = info.batchSize * info.outHeight * info.outWidth;
      const map = { ...addend, height: info.outHeight, width: info.outWidth };
      multiply(backend, { a: source, packed, c: target, m, n, k, bias, relu, addend: map });
      return;
    }
    const grid = { height: info.outHeight, width: info.outWidth };
    convolve(backend, {
      source,
      sourceSize: { height: info.inHeight, width: info.inWidth },
      channels: info.inChannels,
      step: info.strideHeight,
      taps: forwardTaps(info),
      ...{ packed, n, bias, relu, addend, batch: info.batchSize, grid },
      ...{ target, targetSize: grid, targetStep: 1, targetY: 0, targetX: 0 },
    });
  });
  return out;
}

/**
 * dX: each class of input pixels (by the remainder of its place divided by the stride) is reached by
 * taps of its own, so it is a convolution of dy by those taps, its weights transposed.
 */
export function backwardInput(
  backend: WasmBackend,
  dy: TensorInfo,
  filter: TensorInfo,
  info: ConvInfo,
): TensorInfo {
  const { inChannels, outChannels, strideHeight: stride } = info;
  const out = backend.output(info.inShape);
  if (isForWinograd(info)) {
    // dX is dY convolved by the weights, turned and transposed.
    const [top, left] = [2 - info.padInfo.top, 2 - info.padInfo.left];
    const images = { source: outputImage(backend, dy, info), target: inputImage(backend, out, info) };
    const weights = backend.pointer(filter);
    winogradConvolve(backend, { batch: info.batchSize, ...images, top, left, weights, isBackward: true });
    return out;
  }
  const target = backend.pointer(out);
  const source = backend.pointer(dy);
  const weights = backend.pointer(filter);
  const tapBytes = inChannels * outChannels * 4;
  const packTap = (to: number, tap: number, place: number, taps: number) => {
    const from = { pointer: weights + tap * tapBytes, stride: outChannels * 4, isTransposed: true };
    pack(backend, from, to, outChannels, inChannels, place * outChannels, taps * outChannels);
  };
  if (isPointwise(info)) {
    const m = info.batchSize * info.inHeight * info.inWidth;
    backend.scratch(packedBytes(outChannels, inChannels), (packed) => {
      packTap(packed, 0, 0, 1);
      multiply(backend, { a: source, packed, c: target, m, n: inChannels, k: outChannels });
    });
    return out;
  }
  const classes = Array.from({ length: stride * stride }, (_, i) => ({
    y: Math.floor(i / stride),
    x: i % stride,
  }));
  const targetSize = { height: info.inHeight, width: info.inWidth };
  if (classes.some(({ y, x }) => backwardTaps(info, y, x).length === 0)) {
    const bytes = info.batchSize * info.inHeight * info.inWidth * inChannels * 4;
    backend.alone.fillZero({ items: 1, at: target, bytes });
  }
  for (const { y, x } of classes) {
    const taps = backwardTaps(info, y, x);
    if (taps.length === 0) continue;
    backend.scratch(packedBytes(taps.length * outChannels, inChannels), (packed) => {
      taps.forEach(({ index }, place) => packTap(packed, index, place, taps.length));
      convolve(backend, {
        source,
        sourceSize: { height: info.outHeight, width: info.outWidth },
        channels: outChannels,
        step: 1,
        ...{ taps, packed, n: inChannels, bias: 0, relu: false, batch: info.batchSize },
        grid: {
          height: Math.ceil((info.inHeight - y) / stride),
          width: Math.ceil((info.inWidth - x) / stride),
        },
        ...{ target, targetSize, targetStep: stride, targetY: y, targetX: x },
      });
    });
  }
  return out;
}

/** Rows of dy that are turned and multiplied at a time. */
const GRAD_BLOCK_M = 256;
/** Pieces of work that the gradient to the weights is cut into, where it is long enough. */
const GRAD_ITEMS = 16;

/** dFilter = Σ over the places of x and dy. */
export function backwardFilter(
  backend: WasmBackend,
  x: TensorInfo,
  dy: TensorInfo,
  info: ConvInfo,
): TensorInfo {
  const { filterHeight, filterWidth, inChannels, outChannels: n } = info;
  const out = backend.output([filterHeight, filterWidth, inChannels, n]);
  if (isForWinograd(info)) {
    const { batchSize: batch, padInfo } = info;
    const images = { x: inputImage(backend, x, info), dy: outputImage(backend, dy, info) };
    const target = backend.pointer(out);
    winogradGradient(backend, { batch, ...images, top: padInfo.top, left: padInfo.left, target });
    return out;
  }
  const taps = forwardTaps(info);
  const k = taps.length * inChannels;
  const m = info.batchSize * info.outHeight * info.outWidth;
  // Memory for the rows, turned and packed, stays within the second cache.
  const blockM = Math.min(GRAD_BLOCK_M, roundUp(m, 4));
  const leastBlocks = Math.ceil(k / 256);
  const slices = Math.max(1, Math.min(Math.ceil(m / blockM), Math.ceil(GRAD_ITEMS / leastBlocks)));
  // Few rows make few slices: then more blocks of k, each of which packs the rows of dy again.
  const blocksK = Math.max(leastBlocks, Math.min(Math.ceil(8 / slices), Math.floor(k / 24)));
  const blockK = roundUp(Math.ceil(k / blocksK), 2);
  const scratchStride = roundUp(
    4 * (blockK * (blockM + 4) + roundUp(n, 8) * blockM + blockM * (blockK + 4)) + 64,
    64,
  );
  const sumBytes = roundUp(k * n * 4, 64);
  const bytes = backend.pool.threads * scratchStride + (slices > 1 ? slices * sumBytes : 0);
  withTaps(backend, taps, (tapsAt) => {
    backend.scratch(bytes, (scratch) => {
      const sums = slices > 1 ? scratch + backend.pool.threads * scratchStride : backend.pointer(out);
      backend.routines.convolveGrad({
        items: slices * Math.ceil(k / blockK),
        source: backend.pointer(x),
        height: info.inHeight,
        width: info.inWidth,
        channels: inChannels,
        step: info.strideHeight,
        taps: tapsAt,
        tapCount: taps.length,
        dy: backend.pointer(dy),
        n,
        m,
        gridH: info.outHeight,
        gridW: info.outWidth,
        isDense: Number(isPointwise(info)),
        slices,
        blockK,
        blockM,
        sums,
        sumStride: sumBytes,
        scratch,
        scratchStride,
      });
      if (slices > 1) {
        const count = k * n;
        const to = backend.pointer(out);
        const items = Math.ceil(count / 4096);
        backend.routines.reduceSlices({ items, from: sums, stride: sumBytes, slices, to, count });
      }
    });
  });
  return out;
}

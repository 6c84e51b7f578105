import type { TensorInfo } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { type ConvInfo, inputImage, isPointwise, outputImage } from './conv-info.js';
import { type Addend, NO_ADDEND, multiply, pack, packedBytes, roundUp, rowsPerItem } from './gemm.js';
import { backwardTaps, forwardTaps, type Tap, withTaps } from './taps.js';
import { isForWinograd, winogradConvolve } from './winograd.js';

/** Values of k that the kernels gather at a time (BLOCK_K of assembly/gemm.ts). */
const BLOCK_K = 256;

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
      packed,
      n,
      bias,
      relu,
      addend,
      batch: info.batchSize,
      grid,
      target,
      targetSize: grid,
      targetStep: 1,
      targetY: 0,
      targetX: 0,
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
        taps,
        packed,
        n: inChannels,
        bias: 0,
        relu: false,
        batch: info.batchSize,
        grid: {
          height: Math.ceil((info.inHeight - y) / stride),
          width: Math.ceil((info.inWidth - x) / stride),
        },
        target,
        targetSize,
        targetStep: stride,
        targetY: y,
        targetX: x,
      });
    });
  }
  return out;
}

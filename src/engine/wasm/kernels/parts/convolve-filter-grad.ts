import type { TensorInfo } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';
import { type ConvInfo, inputImage, isPointwise, outputImage } from './conv-info.js';
import { roundUp } from './gemm.js';
import { forwardTaps, withTaps } from './taps.js';
import { isForWinograd, winogradGradient } from './winograd.js';

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

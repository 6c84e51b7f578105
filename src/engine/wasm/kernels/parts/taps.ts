import type { backend_util } from '../../../tf-core.js';
import type { WasmBackend } from '../../backend.js';

type ConvInfo = backend_util.Conv2DInfo;

/** Where a tap of the filter reaches, relative to a row's origin; `index` is its place in the filter. */
export interface Tap {
  readonly y: number;
  readonly x: number;
  readonly index: number;
}

/** The taps of the filter, from a row's origin at an output pixel. */
export function forwardTaps(info: ConvInfo): Tap[] {
  const taps: Tap[] = [];
  for (let v = 0; v < info.filterHeight; v++) {
    for (let u = 0; u < info.filterWidth; u++) {
      taps.push({
        y: v * info.dilationHeight - info.padInfo.top,
        x: u * info.dilationWidth - info.padInfo.left,
        index: v * info.filterWidth + u,
      });
    }
  }
  return taps;
}

/** The taps through which dy reaches the pixels (y, x) of the input with y ≡ classY, x ≡ classX (mod stride). */
export function backwardTaps(info: ConvInfo, classY: number, classX: number): Tap[] {
  const stride = info.strideHeight;
  return forwardTaps(info)
    .map(({ y, x, index }) => ({ y: (classY - y) / stride, x: (classX - x) / stride, index }))
    .filter(({ y, x }) => Number.isInteger(y) && Number.isInteger(x));
}

/** Calls `use` with the address of the taps as the kernels take them: y and x of each. */
export function withTaps(backend: WasmBackend, taps: readonly Tap[], use: (pointer: number) => void): void {
  backend.withNumbers(Int32Array.from(taps.flatMap(({ y, x }) => [y, x])), use);
}

import { MirrorPadGrad, type MirrorPadAttrs } from '../../kernels/mirror-pad-grad.js';
import { wasmKernel } from './kernel.js';
import { type AxisMap, sumByMaps, wholeAxis } from './parts/axis-maps.js';

/** Mirrored about the border value (`reflect`) or about the border itself (`symmetric`). */
export function mirrored(
  length: number,
  [before, after]: readonly [before: number, after: number],
  mode: MirrorPadAttrs['mode'],
): AxisMap {
  if (before + after === 0) return wholeAxis(length);
  const offset = mode === 'reflect' ? 0 : 1;
  return Array.from({ length: before + length + after }, (_, i) => {
    const place = i - before;
    if (place < 0) return -place - offset;
    return place < length ? place : 2 * (length - 1) - place + offset;
  });
}

export const mirrorPadGrad = wasmKernel(MirrorPadGrad, (backend, { dy }, { paddings, mode, inputShape }) =>
  sumByMaps(
    backend,
    dy,
    inputShape,
    inputShape.map((length, axis) => mirrored(length, paddings[axis], mode)),
  ),
);

import { MirrorPad, PadV2 } from '@tensorflow/tfjs-core';
import { MirrorPadGrad, type MirrorPadAttrs, type MirrorPadGradAttrs } from '../../kernels.js';
import { type AxisMap, mapAxes, sumByMaps, wholeAxis } from './axis-maps.js';
import { kernel } from './kernel.js';

type Padding = readonly [before: number, after: number];

/** Mirrored about the border value (`reflect`) or about the border itself (`symmetric`). */
function mirrored(length: number, [before, after]: Padding, mode: MirrorPadAttrs['mode']): AxisMap {
  if (before + after === 0) return wholeAxis(length);
  const offset = mode === 'reflect' ? 0 : 1;
  return Array.from({ length: before + length + after }, (_, i) => {
    const place = i - before;
    if (place < 0) return -place - offset;
    return place < length ? place : 2 * (length - 1) - place + offset;
  });
}

export const padKernels = [
  kernel<{ paddings: readonly Padding[]; constantValue: number }>(
    PadV2,
    (backend, { x }, { paddings, constantValue }) =>
      mapAxes(
        backend,
        x,
        x.shape.map((count, axis) => ({
          ...{ before: paddings[axis][0], start: 0 },
          ...{ count, after: paddings[axis][1] },
        })),
        constantValue,
      ),
  ),

  kernel<MirrorPadAttrs>(MirrorPad, (backend, { x }, { paddings, mode }) =>
    mapAxes(
      backend,
      x,
      x.shape.map((length, axis) => mirrored(length, paddings[axis], mode)),
    ),
  ),

  kernel<MirrorPadGradAttrs>(MirrorPadGrad, (backend, { dy }, { paddings, mode, inputShape }) =>
    sumByMaps(
      backend,
      dy,
      inputShape,
      inputShape.map((length, axis) => mirrored(length, paddings[axis], mode)),
    ),
  ),
];

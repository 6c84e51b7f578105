import { MirrorPad, PadV2 } from '../../../tf-core.js';
import type { MirrorPadAttrs } from '../../../kernels/mirror-pad-grad.js';
import { kernel } from '../kernel.js';
import { mirrored } from '../mirror-pad-grad.js';
import { mapAxes } from '../parts/axis-maps.js';

type Padding = readonly [before: number, after: number];

export const padKernels = [
  kernel<{ paddings: readonly Padding[]; constantValue: number }>(
    PadV2,
    (backend, { x }, { paddings, constantValue }) =>
      mapAxes(
        backend,
        x,
        x.shape.map((count, axis) => ({
          before: paddings[axis][0],
          start: 0,
          count,
          after: paddings[axis][1],
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
];

import { ResizeNearestGrad, type ResizeNearestGradAttrs } from '../../kernels/resize-nearest-grad.js';
import { nearestPlaces } from '../../nearest-places.js';
import { wasmKernel } from './kernel.js';
import { type AxisMap, sumByMaps, wholeAxis } from './parts/axis-maps.js';

export type Rounding = Pick<ResizeNearestGradAttrs, 'alignCorners' | 'halfPixelCenters'>;

/** Where the values of an image [B,height,width,C] of another size come from. */
export function nearest(
  from: readonly number[],
  [height, width]: readonly number[],
  rounding: Rounding,
): AxisMap[] {
  return [
    wholeAxis(from[0]),
    nearestPlaces(from[1], height, rounding),
    nearestPlaces(from[2], width, rounding),
    wholeAxis(from[3]),
  ];
}

export const resizeNearestGrad = wasmKernel(ResizeNearestGrad, (backend, { dy }, attrs) =>
  sumByMaps(backend, dy, attrs.inputShape, nearest(attrs.inputShape, dy.shape.slice(1, 3), attrs)),
);

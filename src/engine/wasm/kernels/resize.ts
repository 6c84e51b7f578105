import { ResizeNearestNeighbor } from '@tensorflow/tfjs-core';
import { ResizeNearestGrad, type ResizeNearestGradAttrs } from '../../kernels.js';
import { nearestPlaces } from '../../nearest-places.js';
import { type AxisMap, mapAxes, sumByMaps, wholeAxis } from './axis-maps.js';
import { isFloat, kernel } from './kernel.js';

type Rounding = Pick<ResizeNearestGradAttrs, 'alignCorners' | 'halfPixelCenters'>;

/** Where the values of an image [B,height,width,C] of another size come from. */
function nearest(from: readonly number[], [height, width]: readonly number[], rounding: Rounding): AxisMap[] {
  return [
    wholeAxis(from[0]),
    nearestPlaces(from[1], height, rounding),
    nearestPlaces(from[2], width, rounding),
    wholeAxis(from[3]),
  ];
}

export const resizeKernels = [
  kernel<Rounding & { size: [number, number] }>(ResizeNearestNeighbor, (backend, { images }, attrs) =>
    isFloat(images) ? mapAxes(backend, images, nearest(images.shape, attrs.size, attrs)) : undefined,
  ),

  kernel<ResizeNearestGradAttrs>(ResizeNearestGrad, (backend, { dy }, attrs) =>
    sumByMaps(backend, dy, attrs.inputShape, nearest(attrs.inputShape, dy.shape.slice(1, 3), attrs)),
  ),
];

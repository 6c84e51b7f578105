import { ResizeNearestNeighbor } from '../../../tf-core.js';
import { isFloat, kernel } from '../kernel.js';
import { mapAxes } from '../parts/axis-maps.js';
import { type Rounding, nearest } from '../resize-nearest-grad.js';

export const resizeKernels = [
  kernel<Rounding & { size: [number, number] }>(ResizeNearestNeighbor, (backend, { images }, attrs) =>
    isFloat(images) ? mapAxes(backend, images, nearest(images.shape, attrs.size, attrs)) : undefined,
  ),
];

import { nearestPlaces } from '../nearest-places.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import type { Shape4D } from './kernel.js';
import { sizeOf } from './size-of.js';

export interface ResizeNearestGradAttrs {
  readonly inputShape: Shape4D;
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/**
 * The gradient of tf.js's ResizeNearestNeighbor: each value gets the sum of dy over the places that repeat it.
 * `dy` [B,OH,OW,C] → [inputShape].
 */
export const ResizeNearestGrad = defineKernel({
  name: 'ResizeNearestGrad',
  inputs: { dy: float32(4) },
  attributes: attributes<ResizeNearestGradAttrs>(),
  outputs: { dx: (_, { inputShape }) => inputShape },
  reference: ({ shapes, values, attrs }) => {
    const { inputShape } = attrs;
    const [batch, height, width, channels] = inputShape;
    const [, outHeight, outWidth] = shapes.dy;
    const rows = nearestPlaces(height, outHeight, attrs);
    const columns = nearestPlaces(width, outWidth, attrs);
    const sums = new Float64Array(sizeOf(inputShape));
    let from = 0;
    for (let b = 0; b < batch; b++)
      for (const row of rows)
        for (const column of columns)
          for (let c = 0; c < channels; c++)
            sums[((b * height + row) * width + column) * channels + c] += values.dy[from++];
    return Float32Array.from(sums);
  },
  tolerance: 2e-6,
});

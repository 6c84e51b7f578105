import { ResizeNearestGrad, type ResizeNearestGradAttrs } from '../kernels.js';
import { nearestPlaces } from '../nearest-places.js';
import { plainKernel, sizeOf } from './plain-kernel.js';

/** The gradient of nearest-neighbour resizing (tf.js's own mixes up the images of a batch). */
export const resizeKernels = [
  plainKernel<ResizeNearestGradAttrs>(ResizeNearestGrad, ({ inputs, attrs, values, output }) => {
    const { inputShape } = attrs;
    const [batch, height, width, channels] = inputShape;
    const [, outHeight, outWidth] = inputs.dy.shape;
    const rows = nearestPlaces(height, outHeight, attrs);
    const columns = nearestPlaces(width, outWidth, attrs);
    const dy = values('dy');
    const sums = new Float64Array(sizeOf(inputShape));
    let from = 0;
    for (let b = 0; b < batch; b++)
      for (const row of rows)
        for (const column of columns)
          for (let c = 0; c < channels; c++)
            sums[((b * height + row) * width + column) * channels + c] += dy[from++];
    return output(inputShape, Float32Array.from(sums));
  }),
];

import { ResizeNearestNeighborGrad } from '@tensorflow/tfjs-core';
import { plainKernel, sizeOf } from './plain-kernel.js';

interface ResizeGradAttrs {
  readonly alignCorners: boolean;
}

/** For each of `to` places the nearest of `from`, as tf.js rounds without half pixel centres. */
function nearest(from: number, to: number, alignCorners: boolean): number[] {
  const isSpread = alignCorners && to > 1;
  const ratio = isSpread ? (from - 1) / (to - 1) : from / to;
  const round = alignCorners ? Math.round : Math.floor;
  return Array.from({ length: to }, (_, i) => Math.min(from - 1, round(i * ratio)));
}

/**
 * In the place of tf.js's own (4.22.0), which takes every image's gradient from the pixels of the first ones: it
 * steps through `dy` by the size of an image before resizing. With a batch of one it is right.
 */
export const resizeKernels = [
  plainKernel<ResizeGradAttrs>(ResizeNearestNeighborGrad, ({ inputs, attrs, values, output }) => {
    const dy = values('dy');
    const [batch, height, width, channels] = inputs.images.shape;
    const [, fromHeight, fromWidth] = inputs.dy.shape;
    const rows = nearest(height, fromHeight, attrs.alignCorners);
    const columns = nearest(width, fromWidth, attrs.alignCorners);
    const sums = new Float64Array(sizeOf(inputs.images.shape));
    let from = 0;
    for (let b = 0; b < batch; b++)
      for (const row of rows)
        for (const column of columns) {
          const to = ((b * height + row) * width + column) * channels;
          for (let c = 0; c < channels; c++) sums[to + c] += dy[from++];
        }
    return output(inputs.images.shape, Float32Array.from(sums));
  }),
];

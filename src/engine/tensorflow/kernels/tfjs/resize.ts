import { nearestPlaces } from '../../../nearest-places.js';
import * as tf from '../../../tf-core.js';
import { attr } from '../../attributes.js';
import { tfjsKernel } from '../kernel.js';
import { isRepetition } from '../resize-nearest-grad.js';
import { call, integers } from '../stock.js';

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: readonly [number, number];
}

/** Nearest-neighbour resizing, as tf.js rounds. */
export const resizeKernels = [
  tfjsKernel<{ images: tf.TensorInfo }, ResizeAttrs>(tf.ResizeNearestNeighbor, ({ images }, attrs) => {
    const [, height, width] = images.shape;
    const [outHeight, outWidth] = attrs.size;
    const rows = nearestPlaces(height, outHeight, attrs);
    const columns = nearestPlaces(width, outWidth, attrs);
    // TensorFlow finds places in float32: exact for powers of two, else now and then another one.
    if (isRepetition(rows, outHeight / height) && isRepetition(columns, outWidth / width)) {
      if ([outHeight / height, outWidth / width].every((times) => Number.isInteger(Math.log2(times)))) {
        const attributes = {
          T: attr.type(images.dtype),
          align_corners: attr.bool(false),
          half_pixel_centers: attr.bool(false),
        };
        return call('ResizeNearestNeighbor', attributes, images, integers(attrs.size));
      }
    }
    return gather(gather(images, rows, 1), columns, 2);
  }),
];

// --- internal ---

function gather(x: tf.TensorInfo, places: readonly number[], axis: number): tf.Tensor {
  const attributes = {
    batch_dims: attr.int(0),
    Tparams: attr.type(x.dtype),
    Tindices: attr.type('int32'),
    Taxis: attr.type('int32'),
  };
  return call('GatherV2', attributes, x, integers(places), tf.scalar(axis, 'int32'));
}

import * as tf from '../../tf-core.js';
import {
  MirrorPadGrad,
  ResizeNearestGrad,
  type MirrorPadGradAttrs,
  type ResizeNearestGradAttrs,
} from '../../kernels.js';
import { nearestPlaces } from '../../nearest-places.js';
import { attr } from '../attributes.js';
import { kernel, type TensorflowKernel } from './kernel.js';
import { call, integers, matMul, mul, number, reshape } from './stock.js';

interface ResizeAttrs {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: readonly [number, number];
}

/** Nearest-neighbour resizing, its gradient, and the gradient of mirrored padding. */
export const resizeKernels: readonly TensorflowKernel[] = [
  kernel<{ images: tf.TensorInfo }, ResizeAttrs>(tf.ResizeNearestNeighbor, ({ images }, attrs) => {
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

  kernel<{ dy: tf.TensorInfo }, ResizeNearestGradAttrs>(ResizeNearestGrad, ({ dy }, attrs) => {
    const [batch, height, width, channels] = attrs.inputShape;
    const [, outHeight, outWidth] = dy.shape;
    const rows = nearestPlaces(height, outHeight, attrs);
    const columns = nearestPlaces(width, outWidth, attrs);
    const [up, across] = [outHeight / height, outWidth / width];
    if (isRepetition(rows, up) && isRepetition(columns, across)) {
      const window = attr.int([1, up, across, 1]);
      const attributes = {
        T: attr.type('float32'),
        ksize: window,
        strides: window,
        padding: attr.text('VALID'),
      };
      return mul(call('AvgPool', attributes, dy), number(up * across));
    }
    const byRow = matMul(membership(rows, height), reshape(dy, [batch, outHeight, outWidth * channels]));
    const byPlace = matMul(membership(columns, width), reshape(byRow, [batch * height, outWidth, channels]));
    return reshape(byPlace, attrs.inputShape);
  }),

  kernel<{ dy: tf.TensorInfo }, MirrorPadGradAttrs>(MirrorPadGrad, ({ dy }, { paddings, mode }) =>
    call(
      'MirrorPadGrad',
      { T: attr.type('float32'), Tpaddings: attr.type('int32'), mode: attr.text(mode.toUpperCase()) },
      ...[dy, tf.tensor2d(paddings.flat(), [paddings.length, 2], 'int32')],
    ),
  ),
];

// --- internal ---

/** Whether each place is repeated `times`, in order. */
function isRepetition(places: readonly number[], times: number): boolean {
  return places.every((place, i) => place === Math.floor(i / times)) && Number.isInteger(times);
}

/** A matrix [to, places] of ones where a place belongs to one of `to`. */
function membership(places: readonly number[], to: number): tf.Tensor {
  const ones = new Float32Array(to * places.length);
  places.forEach((place, i) => (ones[place * places.length + i] = 1));
  return tf.tensor2d(ones, [to, places.length]);
}

function gather(x: tf.TensorInfo, places: readonly number[], axis: number): tf.Tensor {
  const attributes = {
    ...{ batch_dims: attr.int(0), Tparams: attr.type(x.dtype) },
    ...{ Tindices: attr.type('int32'), Taxis: attr.type('int32') },
  };
  return call('GatherV2', attributes, x, integers(places), tf.scalar(axis, 'int32'));
}

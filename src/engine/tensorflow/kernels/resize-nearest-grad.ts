import { ResizeNearestGrad } from '../../kernels/resize-nearest-grad.js';
import { nearestPlaces } from '../../nearest-places.js';
import * as tf from '../../tf-core.js';
import { attr } from '../attributes.js';
import { tensorflowKernel } from './kernel.js';
import { call, matMul, mul, number, reshape } from './stock.js';

export const resizeNearestGrad = tensorflowKernel(ResizeNearestGrad, ({ dy }, attrs) => {
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
});

/** Whether each place is repeated `times`, in order. */
export function isRepetition(places: readonly number[], times: number): boolean {
  return places.every((place, i) => place === Math.floor(i / times)) && Number.isInteger(times);
}

// --- internal ---

/** A matrix [to, places] of ones where a place belongs to one of `to`. */
function membership(places: readonly number[], to: number): tf.Tensor {
  const ones = new Float32Array(to * places.length);
  places.forEach((place, i) => (ones[place * places.length + i] = 1));
  return tf.tensor2d(ones, [to, places.length]);
}

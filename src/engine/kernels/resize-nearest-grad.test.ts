import { beforeAll, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../testing.js';
import * as tf from '../tf.js';

beforeAll(openReference);

it.each([
  [[3, 2, 3, 2], [4, 6], false],
  [[2, 3, 2, 1], [7, 5], false],
  [[2, 3, 4, 2], [2, 2], false],
  [[2, 3, 2, 1], [5, 7], true],
] as const)('nearest resizing of %j to %j, corners aligned: %s, has its gradient', (shape, size, align) => {
  const x = tf.variable<tf.Rank.R4>(uniformTensor(shape, 1));
  expectGradients(() => tf.image.resizeNearestNeighbor(x, [...size], align), { x });
});

it('doubling hands each image the sums of its own pixels', () => {
  const x = tf.tensor4d([1, 2, 3], [3, 1, 1, 1]);
  const dy = tf.tensor4d([1, 2, 3, 4, 10, 20, 30, 40, 100, 200, 300, 400], [3, 2, 2, 1]);
  const double = (images: tf.Tensor): tf.Tensor =>
    tf.image.resizeNearestNeighbor(images as tf.Tensor4D, [2, 2]);
  const gradient = tf.grad(double)(x, dy);
  expect(gradient.shape).toEqual([3, 1, 1, 1]);
  expectClose(valuesOf(gradient), [10, 100, 1000], 0);
});

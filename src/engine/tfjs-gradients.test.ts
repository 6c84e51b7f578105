import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from './tf.js';
import { expectGradients, openReference, uniform, valuesOf } from './testing.js';

beforeAll(openReference);

const variable = <R extends tf.Rank>(
  shape: readonly number[],
  salt: number,
  low = -1,
  high = 1,
): tf.Variable<R> => tf.variable(tf.tensor<R>(uniform(shape, salt, low, high), [...shape] as tf.ShapeMap[R]));

/** Numbers that stay away from zero, where relu has its kink. */
const awayFromZero = (shape: readonly number[], salt: number): tf.Variable => {
  const values = uniform(shape, salt).map((x) => x + (x < 0 ? -0.25 : 0.25));
  return tf.variable(tf.tensor(values, [...shape]));
};

describe('operations of tf.js whose gradients are ours', () => {
  it.each([
    ['same', 3, 1],
    ['same', 3, 2],
    ['same', 2, 2],
    ['valid', 2, 2],
    [1, 3, 2],
  ] as const)(
    'average pooling, padding %s, window %i, stride %i, the border included',
    (pad, size, stride) => {
      const x = variable<tf.Rank.R4>([2, 5, 7, 3], 1);
      expectGradients(() => tf.avgPool(x, size, stride, pad, pad === 1 ? 'floor' : undefined), { x });
    },
  );

  it.each(['reflect', 'symmetric'] as const)('mirrored padding, %s', (mode) => {
    const x = variable<tf.Rank.R4>([2, 4, 5, 3], 1);
    const paddings: [number, number][] = [[0, 0], [2, 1], [3, 0], [0, 0]]; // prettier-ignore
    expectGradients(() => tf.mirrorPad(x, paddings, mode), { x });
  });

  it.each([
    [8, 10, false, false],
    [7, 3, false, false],
    [9, 6, true, false],
    [9, 7, false, true],
  ])('nearest neighbours at %i×%i, aligned %s, half pixels %s, two images', (height, width, align, half) => {
    const x = variable<tf.Rank.R4>([2, 4, 5, 3], 1);
    expectGradients(() => tf.image.resizeNearestNeighbor(x, [height, width], align, half), { x });
  });

  it('relu, whose gradient is ours', () => {
    const x = awayFromZero([4, 9], 6);
    expectGradients(() => tf.relu(x), { x });
  });
  it('sigmoid, whose gradient is ours', () => {
    const x = variable([4, 9], 7, -5, 5);
    expectGradients(() => tf.sigmoid(x), { x });
  });
  it('relu passes nothing on where it is off', () => {
    const gradient = tf.grad((x) => tf.relu(x))(tf.tensor1d([-1, 0, 2]), tf.tensor1d([5, 6, 7]));
    expect(valuesOf(gradient)).toEqual([0, 0, 7]);
  });

  it('softmax', () => {
    const x = variable([2, 3, 5], 1);
    expectGradients(() => tf.softmax(x), { x });
  });

  it('sums and means over axes, kept or not', () => {
    const x = variable([2, 3, 4], 1);
    for (const keepDims of [false, true]) {
      for (const axis of [undefined, 0, [1, 2], [0, 2], -1]) {
        expectGradients(() => tf.sum(tf.square(x), axis, keepDims), { x });
        expectGradients(() => tf.mean(tf.square(x), axis, keepDims), { x });
      }
    }
  });
});

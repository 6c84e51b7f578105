import { beforeAll, expect, it } from 'vitest';
import * as tf from '../tf.js';
import { expectClose, openReference, uniformTensor, valuesOf } from '../testing.js';
import { callKernel } from './call-kernel.js';
import { ConvolutionAdd } from './convolution-add.js';

beforeAll(openReference);

it.each([
  [1, 4, 6],
  [1, 3, 5],
  [2, 4, 6],
  [2, 3, 6],
  [2, 4, 5],
  [2, 3, 5],
] as const)('adds each value %i times in both directions, to maps of %i×%i', (repeat, height, width) => {
  const x = uniformTensor<tf.Tensor4D>([2, height, width, 3], 1);
  const filter = uniformTensor<tf.Tensor4D>([3, 3, 3, 4], 2);
  const size = [height, width].map((length) => Math.ceil(length / repeat));
  const addend = uniformTensor<tf.Tensor4D>([2, ...size, 4], 3);
  const y = callKernel(ConvolutionAdd, { x, filter, addend }, { repeat });
  const plain = valuesOf(tf.conv2d(x, filter, 1, 'same'));
  const values = addend.arraySync();
  const expected = plain.map((value, i) => {
    const [c, j] = [i % 4, Math.floor(i / 4) % width];
    const [row, b] = [Math.floor(i / 4 / width) % height, Math.floor(i / 4 / width / height)];
    return value + values[b][Math.floor(row / repeat)][Math.floor(j / repeat)][c];
  });
  expect(y.shape).toEqual([2, height, width, 4]);
  expectClose(valuesOf(y), expected);
});

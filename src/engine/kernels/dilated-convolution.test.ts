import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, expectGradients, openReference, uniformTensor, valuesOf } from '../testing.js';
import * as tf from '../tf.js';
import { callKernel } from './call-kernel.js';
import { DilatedConvolution } from './dilated-convolution.js';

beforeAll(openReference);

describe.each([false, true])('dilated convolution, depthwise: %s', (depthwise) => {
  const filterOf = (window: readonly [number, number], channels: number): tf.Tensor4D =>
    uniformTensor([...window, channels, depthwise ? 1 : 3], 2);

  it.each([
    [[2, 7, 6, 4], [3, 3], 2],
    [[1, 9, 5, 2], [1, 3], 3],
    [[1, 3, 3, 2], [5, 3], 4],
  ] as const)('of %j by %j at %i has the values of tf.js', (shape, window, dilation) => {
    const x = uniformTensor<tf.Tensor4D>(shape, 1);
    const filter = filterOf(window, shape[3]);
    const theirs = depthwise
      ? tf.depthwiseConv2d(x, filter, 1, 'same', 'NHWC', dilation)
      : tf.conv2d(x, filter, 1, 'same', 'NHWC', dilation);
    const y = callKernel(DilatedConvolution, { x, filter }, { dilation, depthwise });
    expect(y.shape).toEqual(theirs.shape);
    expectClose(valuesOf(y), valuesOf(theirs), 1e-6);
  });

  it.each([
    [[2, 5, 4, 2], [3, 3], 2],
    [[1, 4, 7, 2], [3, 1], 3],
  ] as const)('of %j by %j at %i has its gradients', (shape, window, dilation) => {
    const x = tf.variable<tf.Rank.R4>(uniformTensor(shape, 1));
    const filter = tf.variable<tf.Rank.R4>(filterOf(window, shape[3]));
    expectGradients(() => callKernel(DilatedConvolution, { x, filter }, { dilation, depthwise }), {
      x,
      filter,
    });
  });
});

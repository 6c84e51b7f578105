import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../tf.js';
import { expectGolden, openReference, patternTensor, uniformTensor, valuesOf } from '../testing.js';
import { callKernel } from './call-kernel.js';
import { Involution, InvolutionBackpropInput, InvolutionBackpropKernel } from './involution.js';
import type { Shape4D } from './kernel.js';
import golden from './involution.golden.json' with { type: 'json' };

beforeAll(openReference);

describe('involution is that of the authors (see `about` in the golden file)', () => {
  for (const { input, y, dx, dkernel, ...attrs } of golden.cases) {
    const { kernelSize, groups, stride, dilation } = attrs;
    it(`[${input}], K=${kernelSize}, G=${groups}, stride ${stride}, dilation ${dilation}`, () => {
      const x = patternTensor<tf.Tensor4D>(input, 1);
      const kernel = patternTensor<tf.Tensor4D>(dkernel.shape, 2);
      const dy = patternTensor<tf.Tensor4D>(y.shape, 3);
      // All numbers are multiples of 1/64, so sums are exact: no tolerance.
      expectGolden(callKernel(Involution, { x, kernel }, attrs), y, 0, 'y');
      expectGolden(
        callKernel(
          InvolutionBackpropInput,
          { dy, kernel },
          { ...attrs, inputShape: input as unknown as Shape4D },
        ),
        dx,
        0,
        'dx',
      );
      expectGolden(callKernel(InvolutionBackpropKernel, { dy, x }, attrs), dkernel, 0, 'dkernel');
    });
  }
});

const attrs = { kernelSize: 3, groups: 1, stride: 1, dilation: 1 };

it('a NaN in the image reaches the places that see it, and no other', () => {
  const x = tf.tensor(new Float32Array(25).fill(1), [1, 5, 5, 1]);
  const values = x.dataSync<'float32'>().slice();
  values[0] = NaN;
  const y = valuesOf(
    callKernel(
      Involution,
      { x: tf.tensor4d(values, [1, 5, 5, 1]), kernel: uniformTensor([1, 5, 5, 9], 1, 0.5, 1) },
      attrs,
    ),
  );
  expect(y.flatMap((value, i) => (Number.isNaN(value) ? [i] : []))).toEqual([0, 1, 5, 6]);
});

it('a NaN in the kernel reaches its own place alone', () => {
  const kernel = tf.tensor(new Float32Array(81).fill(1), [1, 3, 3, 9]);
  const values = kernel.dataSync<'float32'>().slice();
  values[4 * 9 + 4] = NaN;
  const x = uniformTensor<tf.Tensor4D>([1, 3, 3, 1], 2);
  const y = valuesOf(callKernel(Involution, { x, kernel: tf.tensor4d(values, [1, 3, 3, 9]) }, attrs));
  expect(y.flatMap((value, i) => (Number.isNaN(value) ? [i] : []))).toEqual([4]);
});

import { beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { openReference, valuesOf } from '../testing.js';
import * as tf from '../tf.js';
import { callKernel } from './call-kernel.js';
import { attributes, defineKernel, float32 } from './define-kernel.js';
import { Involution } from './involution.js';
import { referenceKernel } from '../reference/reference-kernel.js';
import { Swish } from './activations/swish.js';

/** a·x and its square, of which only the first has a gradient. */
const Scaled = defineKernel({
  name: 'TestScaled',
  inputs: { x: float32(1) },
  attributes: attributes<{ readonly factor: number }>(),
  outputs: { y: ({ x }) => x, square: ({ x }) => [x[0], 1] },
  gradient: {
    keeps: ['x', 'square'],
    of: (dy, { x, square }, { factor }) => ({
      // As if 2·square mattered: the test sees that it came.
      x: () => tf.add(tf.mul(dy, factor), tf.mul(0, tf.add(x, tf.reshape(square, x.shape)))),
    }),
  },
  reference: ({ values: { x }, attrs: { factor } }) => {
    const y = Float32Array.from(x, (value) => factor * value);
    return { y, square: y.map((value) => value ** 2) };
  },
  tolerance: 0,
});

beforeAll(async () => {
  await openReference();
  tf.registerKernel(referenceKernel(Scaled));
});

describe('a declaration', () => {
  it('gives the reference kernel, its outputs by name and of the shapes that it says', () => {
    const { y, square } = callKernel(Scaled, { x: tf.tensor1d([1, 2]) }, { factor: 3 });
    expect(valuesOf(y)).toEqual([3, 6]);
    expect(square.shape).toEqual([2, 1]);
    expect(valuesOf(square)).toEqual([9, 36]);
  });

  it('gives the gradient, which gets what it keeps, inputs and outputs', () => {
    const f = (x: tf.Tensor): tf.Tensor => callKernel(Scaled, { x: x as tf.Tensor1D }, { factor: 3 }).y;
    expect(valuesOf(tf.grad(f)(tf.tensor1d([1, 2]), tf.tensor1d([1, 10])))).toEqual([3, 30]);
  });

  it('gives the types of calls', () => {
    const window = { kernelSize: 3, groups: 1, stride: 1, dilation: 1 };
    const involve = (x: tf.Tensor4D) => callKernel(Involution, { x, kernel: x }, window);
    expectTypeOf(involve).returns.toEqualTypeOf<tf.Tensor4D>();
    expectTypeOf(callKernel(Scaled, { x: tf.tensor1d([1]) }, { factor: 1 })).toEqualTypeOf<{
      readonly y: tf.Tensor1D;
      readonly square: tf.Tensor2D;
    }>();
    expectTypeOf(Involution.name).toEqualTypeOf<'Involution'>();
  });

  it('refuses other inputs, attributes and outputs before anything runs', () => {
    const never = (): void => {
      const x = tf.tensor1d([1]);
      // @ts-expect-error an input is missing
      callKernel(Scaled, {}, { factor: 1 });
      // @ts-expect-error there is no such input
      callKernel(Swish, { x, y: x });
      // @ts-expect-error two axes are not one
      callKernel(Scaled, { x: tf.tensor2d([[1]]) }, { factor: 1 });
      // @ts-expect-error attributes are missing
      callKernel(Scaled, { x });
      // @ts-expect-error there is no such attribute
      callKernel(Scaled, { x }, { factor: 1, offset: 2 });
      // @ts-expect-error it has no attributes
      callKernel(Swish, { x }, {});
      // @ts-expect-error there is no such output
      void callKernel(Scaled, { x }, { factor: 1 }).cube;
    };
    expect(never).toBeTypeOf('function');
  });
});

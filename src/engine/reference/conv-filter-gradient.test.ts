import '../tf-cpu.js';
import { beforeAll, expect, it } from 'vitest';
import { openReference, uniformTensor, valuesOf } from '../testing.js';
import * as tf from '../tf.js';

const theirs = tf.getKernel(tf.Conv2DBackpropFilter, 'cpu');

beforeAll(openReference);

const cases: [x: number[], filter: number[], strides: number, pad: 'same' | 'valid' | number][] = [
  [[2, 5, 7, 3], [3, 3, 3, 4], 1, 'same'],
  [[2, 5, 7, 3], [3, 2, 3, 1], 2, 'same'],
  [[1, 9, 6, 1], [7, 5, 1, 5], 3, 'valid'],
  [[3, 4, 4, 5], [1, 1, 5, 2], 1, 'valid'],
  [[1, 1, 1, 2], [3, 3, 2, 2], 1, 'same'],
  [[2, 6, 5, 2], [3, 3, 2, 3], 2, 1],
];

it.each(cases)(
  'of x %j and filter %j, strides %j, padding %j, has the bits of tf.js',
  (x, filter, strides, pad) => {
    const info = tf.backend_util.computeConv2DInfo(x as never, filter as never, strides, 1, pad);
    const inputs = { x: uniformTensor(x, 1), dy: uniformTensor(info.outShape, 2) };
    const attrs = { strides, pad, dataFormat: 'NHWC', filterShape: filter };
    const [ours, reference] = [tf.getKernel(tf.Conv2DBackpropFilter, 'cpu'), theirs].map((kernel) =>
      kernel.kernelFunc({ inputs, backend: tf.backend(), attrs }),
    );
    const gradient = tf.engine().makeTensorFromTensorInfo(ours as tf.TensorInfo);
    const expected = tf.engine().makeTensorFromTensorInfo(reference as tf.TensorInfo);
    expect(gradient.shape).toEqual(filter);
    expect(valuesOf(gradient)).toEqual(valuesOf(expected));
  },
);

it('stands in the place of the kernel of tf.js', () => {
  expect(tf.getKernel(tf.Conv2DBackpropFilter, 'cpu').kernelFunc).not.toBe(theirs.kernelFunc);
});

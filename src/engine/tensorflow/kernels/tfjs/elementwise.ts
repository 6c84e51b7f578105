import * as tf from '../../../tf-core.js';
import { attr } from '../../attributes.js';
import { tfjsKernel } from '../kernel.js';
import { add, call, mul, number, relu, sub } from '../stock.js';

interface GatherAttrs {
  readonly axis: number;
  readonly batchDims: number;
}

/** Kernels of tf.js that tfjs-node makes of the values of tensors, or of constants as large as its inputs. */
export const elementwiseKernels = [
  // tfjs-node looks at the indices; TensorFlow checks them itself.
  tfjsKernel<{ x: tf.TensorInfo; indices: tf.TensorInfo }, GatherAttrs>(
    tf.GatherV2,
    ({ x, indices }, { axis, batchDims }) => {
      const attributes = {
        batch_dims: attr.int(batchDims),
        Tparams: attr.type(x.dtype),
        Tindices: attr.type(indices.dtype),
        Taxis: attr.type('int32'),
      };
      return call('GatherV2', attributes, x, indices, tf.scalar(axis, 'int32'));
    },
  ),
  // 1 above 0, alpha below and at 0, NaN where x is NaN.
  tfjsKernel<{ x: tf.TensorInfo }, { alpha: number }>(tf.Step, ({ x }, { alpha }) => {
    const isAbove = call('Greater', { T: attr.type(x.dtype) }, x, tf.scalar(0, x.dtype as 'float32'));
    const above = call('Cast', { SrcT: attr.type('bool'), DstT: attr.type('float32') }, isAbove);
    const step = add(mul(above, number(1 - alpha)), number(alpha));
    const isNan = call('IsNan', { T: attr.type(x.dtype) }, x);
    return call('SelectV2', { T: attr.type('float32') }, isNan, x, step);
  }),
  tfjsKernel<{ x: tf.TensorInfo; alpha: tf.TensorInfo }>(tf.Prelu, ({ x, alpha }) =>
    sub(relu(x), mul(alpha, relu(call('Neg', { T: attr.type('float32') }, x)))),
  ),
];

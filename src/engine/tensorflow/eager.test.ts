import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../testing.js';
import * as tf from '../tf.js';
import { attr } from './attributes.js';
import type { TensorflowBackend } from './backend.js';
import { executeOp } from './execute-op.js';
import { NO_TENSORFLOW, openTestTensorflow } from './testing.js';

describe.skipIf(NO_TENSORFLOW)(
  `TensorFlow, operation by operation${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
  () => {
    beforeAll(async () => void (await openTestTensorflow()));

    it('serves this program’s tf.js, not a copy of it', () => {
      expect(tf.getBackend()).toBe('tensorflow');
      const sum = tf.add(tf.tensor1d([1, 2]), tf.tensor1d([10, 20]));
      expect(sum).toBeInstanceOf(tf.Tensor);
      expect(valuesOf(sum)).toEqual([11, 22]);
    });

    it('differentiates convolutions as the reference does', async () => {
      const run = () =>
        tf.tidy(() => {
          const x = uniformTensor<tf.Tensor4D>([2, 7, 6, 3], 1);
          const filter = uniformTensor<tf.Tensor4D>([3, 3, 3, 4], 2);
          const f = (x: tf.Tensor, filter: tf.Tensor): tf.Tensor =>
            tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 'same')));
          return tf.grads(f)([x, filter]).map(valuesOf);
        });
      const actual = run();
      await openReference();
      const expected = run();
      await openTestTensorflow();
      expected.forEach((values, i) => expectClose(actual[i], values, 1e-5));
    });

    it('keeps texts, integers, booleans and empty tensors', () => {
      expect(tf.tensor1d(['a', 'ümlaut', '']).dataSync()).toEqual(['a', 'ümlaut', '']);
      expect([...tf.add(tf.tensor1d([1, -2], 'int32'), tf.scalar(3, 'int32')).dataSync()]).toEqual([4, 1]);
      expect([...tf.logicalNot(tf.tensor1d([true, false])).dataSync()]).toEqual([0, 1]);
      expect(tf.concat([tf.zeros([0, 2]), tf.ones([1, 2])]).shape).toEqual([1, 2]);
    });

    it('calls operations of TensorFlow that no kernel of tf.js stands for', () => {
      const [y] = executeOp(
        'Cumprod',
        { T: attr.type('float32'), Tidx: attr.type('int32') },
        [tf.tensor1d([1, 2, 3, 4]), tf.scalar(0, 'int32')],
        1,
      );
      expect(valuesOf(y)).toEqual([1, 2, 6, 24]);
      const input = tf.tensor2d([[1, 2]]);
      expect(() => executeOp('MatMul', { T: attr.type('float32') }, [input, input], 1)).toThrow(
        /Matrix size-incompatible/,
      );
    });

    it('holds no tensor longer than tf.js does', () => {
      const { binding } = tf.backend() as unknown as TensorflowBackend;
      const work = (): void =>
        tf.tidy(() => void valuesOf(tf.relu(tf.matMul(tf.ones([3, 3]), tf.ones([3, 3])))));
      work();
      const before = binding.getNumOfTensors();
      for (let i = 0; i < 100; i++) work();
      expect(binding.getNumOfTensors()).toBe(before);
    });
  },
);

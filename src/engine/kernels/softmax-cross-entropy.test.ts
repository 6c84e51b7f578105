import { beforeAll, expect, it } from 'vitest';
import * as tf from '../tf.js';
import { expectClose, expectGolden, openReference, valuesOf } from '../testing.js';
import { callKernel } from './call-kernel.js';
import { SoftmaxCrossEntropy } from './softmax-cross-entropy.js';
import golden from './softmax-cross-entropy.golden.json' with { type: 'json' };

beforeAll(openReference);

const run = (logits: tf.Tensor2D, labels: tf.Tensor2D) => callKernel(SoftmaxCrossEntropy, { logits, labels });

const tensorOf = ({ values, shape }: { values: number[]; shape: number[] }): tf.Tensor2D =>
  tf.tensor2d(values, shape as [number, number]);

it('is the cross-entropy of soft labels, logits up to ±10000 included (see `about`)', () => {
  const { loss, gradient } = run(tensorOf(golden.logits), tensorOf(golden.labels));
  expectGolden(loss, golden.loss, 1e-6, 'loss');
  expectGolden(gradient, golden.gradient, 1e-6, 'gradient');
});

it('is the logarithm of the number of classes when all logits are equal', () => {
  const labels = tf.cast(tf.oneHot(tf.tensor1d([0, 6], 'int32'), 7), 'float32') as tf.Tensor2D;
  const { loss, gradient } = run(tf.fill<tf.Rank.R2>([2, 7], 123), labels);
  expectClose(valuesOf(loss), [Math.log(7), Math.log(7)]);
  expectClose(valuesOf(tf.sum(gradient, 1)), [0, 0]);
});

it.each([0, 1, 2])('a NaN among the logits, at %i, reaches loss and gradient of its row alone', (place) => {
  const row = [1, 2, 3].map((z, i) => (i === place ? NaN : z));
  const labels = tf.tensor2d([1, 0, 0, 0, 1, 0], [2, 3]);
  const { loss, gradient } = run(tf.tensor2d([...row, 1, 2, 3], [2, 3]), labels);
  expect(valuesOf(loss).map(Number.isNaN)).toEqual([true, false]);
  expect(valuesOf(gradient).map(Number.isNaN)).toEqual([true, true, true, false, false, false]);
});

it('an infinite logit is not a finite loss', () => {
  const { loss } = run(tf.tensor2d([[Infinity, 0]]), tf.tensor2d([[1, 0]]));
  expect(valuesOf(loss).every(Number.isFinite)).toBe(false);
});

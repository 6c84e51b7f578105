import { beforeAll, describe, expect, it } from 'vitest';
import * as tf from '../tf.js';
import { expectClose, expectGolden, openReference, pattern, patternTensor, valuesOf } from '../testing.js';
import {
  BatchNormInference,
  BatchNormTraining,
  BatchNormTrainingGrad,
  FUSED_ACTIVATIONS,
  type FusedActivation,
} from './batch-norm.js';
import { callKernel } from './call-kernel.js';
import golden from './batch-norm.golden.json' with { type: 'json' };

beforeAll(openReference);

describe('batch normalisation is that of Ioffe and Szegedy (see `about` in the golden file)', () => {
  for (const { shape, activation, epsilon, ...expected } of golden.cases) {
    it(`[${shape}] with ${activation}`, () => {
      const channels = shape[shape.length - 1];
      const attrs = { epsilon, activation: activation as FusedActivation };
      const x = tf.tensor(
        pattern(shape, 4).map((value, i) => value + (i % channels)),
        shape,
      );
      const scale = tf.tensor1d(pattern([channels], 5).map((value) => 1 + value / 2));
      const offset = tf.tensor1d(pattern([channels], 6).map((value) => value / 4));
      const dy = patternTensor(shape, 7);

      const { y, mean, variance } = callKernel(BatchNormTraining, { x, scale, offset }, attrs);
      expectGolden(y, expected.y, 1e-6, 'y');
      expectGolden(mean, expected.mean, 1e-6, 'mean');
      expectGolden(variance, expected.variance, 1e-6, 'variance');

      const inputs = { dy, x, scale, offset, mean, variance };
      const { dx, dScale, dOffset } = callKernel(BatchNormTrainingGrad, inputs, attrs);
      expectGolden(dx, expected.dx, 2e-6, 'dx');
      expectGolden(dScale, expected.dScale, 2e-6, 'dScale');
      expectGolden(dOffset, expected.dOffset, 2e-6, 'dOffset');

      const moving = {
        mean: patternTensor<tf.Tensor1D>([channels], 8),
        variance: tf.tensor1d(pattern([channels], 9).map((value) => Math.abs(value) + 0.5)),
      };
      const inferred = callKernel(BatchNormInference, { x, scale, offset, ...moving }, attrs);
      expectGolden(inferred, expected.inference, 1e-6, 'inference');
    });
  }
});

const one = tf.tensor1d;

it('loses nothing where the mean is large against the deviation', () => {
  const values = pattern([64, 1], 1).map((value) => 4096 + value);
  const attrs = { epsilon: 1e-3, activation: 'none' as const };
  const [actual, expected] = [values, pattern([64, 1], 1)].map((each) =>
    callKernel(BatchNormTraining, { x: tf.tensor(each, [64, 1]), scale: one([1]), offset: one([0]) }, attrs),
  );
  expectClose(valuesOf(actual.variance), valuesOf(expected.variance), 1e-6);
  expectClose(valuesOf(actual.y), valuesOf(expected.y), 1e-6);
});

it.each(FUSED_ACTIVATIONS)('a NaN spoils its channel and no other, with %s', (activation) => {
  const x = tf.tensor2d([1, 2, NaN, 4, 5, 7], [3, 2]);
  const attrs = { epsilon: 1e-3, activation };
  const parameters = { scale: one([1, 1]), offset: one([0, 0]) };
  const { y, mean, variance } = callKernel(BatchNormTraining, { x, ...parameters }, attrs);
  expect(valuesOf(y).map(Number.isNaN)).toEqual([true, false, true, false, true, false]);
  expect(valuesOf(mean).map(Number.isNaN)).toEqual([true, false]);
  expect(valuesOf(variance).map(Number.isNaN)).toEqual([true, false]);
  const moments = { mean: one([0, 0]), variance: one([1, 1]) };
  const inferred = callKernel(BatchNormInference, { x, ...parameters, ...moments }, attrs);
  expect(valuesOf(inferred).map(Number.isNaN)).toEqual([false, false, true, false, false, false]);
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { FusedActivation } from '../kernels.js';
import { BatchNormTrainingGrad } from '../kernels.js';
import { batchNormInference, batchNormTraining } from '../ops.js';
import * as tf from '../tf.js';
import { expectClose, expectGolden, openReference, pattern, patternTensor, valuesOf } from '../testing.js';
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

      const [y, mean, variance] = batchNormTraining(x, scale, offset, attrs);
      expectGolden(y, expected.y, 1e-6, 'y');
      expectGolden(mean, expected.mean, 1e-6, 'mean');
      expectGolden(variance, expected.variance, 1e-6, 'variance');

      const gradients = tf
        .engine()
        .runKernel(
          BatchNormTrainingGrad,
          { dy, x, scale, offset, mean, variance },
          attrs as unknown as tf.NamedAttrMap,
        );
      const [dx, dScale, dOffset] = gradients as tf.Tensor[];
      expectGolden(dx, expected.dx, 2e-6, 'dx');
      expectGolden(dScale, expected.dScale, 2e-6, 'dScale');
      expectGolden(dOffset, expected.dOffset, 2e-6, 'dOffset');

      const movingMean = patternTensor([channels], 8);
      const movingVariance = tf.tensor1d(pattern([channels], 9).map((value) => Math.abs(value) + 0.5));
      const inferred = batchNormInference(x, scale, offset, movingMean, movingVariance, attrs);
      expectGolden(inferred, expected.inference, 1e-6, 'inference');
    });
  }
});

const one = tf.tensor1d;

it('loses nothing where the mean is large against the deviation', () => {
  const values = pattern([64, 1], 1).map((value) => 4096 + value);
  const attrs = { epsilon: 1e-3, activation: 'none' as const };
  const [y, , variance] = batchNormTraining(tf.tensor(values, [64, 1]), one([1]), one([0]), attrs);
  const centred = pattern([64, 1], 1);
  const [expected, , expectedVariance] = batchNormTraining(
    tf.tensor(centred, [64, 1]),
    one([1]),
    one([0]),
    attrs,
  );
  expectClose(valuesOf(variance), valuesOf(expectedVariance), 1e-6);
  expectClose(valuesOf(y), valuesOf(expected), 1e-6);
});

it.each(['none', 'relu', 'swish'] as const)(
  'a NaN spoils its channel and no other, with %s',
  (activation) => {
    const x = tf.tensor2d([1, 2, NaN, 4, 5, 7], [3, 2]);
    const attrs = { epsilon: 1e-3, activation };
    const [y, mean, variance] = batchNormTraining(x, one([1, 1]), one([0, 0]), attrs);
    expect(valuesOf(y).map(Number.isNaN)).toEqual([true, false, true, false, true, false]);
    expect(valuesOf(mean).map(Number.isNaN)).toEqual([true, false]);
    expect(valuesOf(variance).map(Number.isNaN)).toEqual([true, false]);
    const inferred = batchNormInference(x, one([1, 1]), one([0, 0]), one([0, 0]), one([1, 1]), attrs);
    expect(valuesOf(inferred).map(Number.isNaN)).toEqual([false, false, true, false, false, false]);
  },
);

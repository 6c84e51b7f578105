import { FUSED_ACTIVATIONS } from '../../kernels/batch-norm.js';
import { beforeAll, describe, it } from 'vitest';
import { NO_TENSORFLOW } from '../testing.js';
import { expectLikeReference, openTestKernels, uniform, type Numbers } from './testing.js';

const scalar = (value: number): Numbers => ({ shape: [], values: Float32Array.of(value) });
/** Rows that sum to 1. */
const shares = (rows: number, classes: number): Numbers => {
  const { values } = uniform([rows, classes], 9, 0, 1);
  for (let row = 0; row < rows; row++) {
    const part = values.subarray(row * classes, (row + 1) * classes) as Float32Array;
    const sum = part.reduce((total, value) => total + value, 0);
    part.forEach((value, i) => (part[i] = value / sum));
  }
  return { shape: [rows, classes], values };
};

describe.skipIf(NO_TENSORFLOW)(`training on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`, () => {
  beforeAll(async () => void (await openTestKernels()));

  const shapes = [
    [3, 5, 7, 40],
    [2, 3, 3, 3],
    [10, 1],
    [2, 9, 11, 16],
    [2, 2, 3, 2, 24],
    [4, 23, 23, 17],
    [1, 1, 1, 32],
    [2, 1, 1, 1152],
  ];
  const activations = FUSED_ACTIVATIONS;
  describe.each(shapes.map((shape) => ({ shape })))('batch normalisation of $shape', ({ shape }) => {
    it.each(activations)('with activation %s', async (activation) => {
      const channels = shape.at(-1)!;
      // A mean far from zero: what a variance from sums of squares would get wrong.
      const x = uniform(shape, 1, 2, 6);
      const scale = uniform([channels], 2, 0.5, 1.5);
      const offset = uniform([channels], 3);
      const attrs = { epsilon: 1e-3, activation };
      const tolerance = 2e-5;
      await expectLikeReference('BatchNormTraining', { x, scale, offset }, attrs, { tolerance });
      const mean = uniform([channels], 4, 3, 5);
      const variance = uniform([channels], 5, 0.5, 2);
      const rest = { scale, offset, mean, variance };
      await expectLikeReference('BatchNormInference', { x, ...rest }, attrs, { tolerance });
    });

    it.each(activations)('and its gradient with activation %s', async (activation) => {
      const channels = shape.at(-1)!;
      const count = shape.slice(0, -1).reduce((product, length) => product * length, 1);
      const x = uniform(shape, 1, 2, 6);
      const moments = { mean: new Float32Array(channels), variance: new Float32Array(channels) };
      x.values.forEach((value, i) => (moments.mean[i % channels] += value / count));
      x.values.forEach((value, i) => {
        moments.variance[i % channels] += (value - moments.mean[i % channels]) ** 2 / count;
      });
      const inputs = {
        ...{ dy: uniform(shape, 6), x },
        ...{ scale: uniform([channels], 2, 0.5, 1.5), offset: uniform([channels], 3) },
        mean: { shape: [channels], values: moments.mean },
        variance: { shape: [channels], values: moments.variance },
      };
      await expectLikeReference(
        'BatchNormTrainingGrad',
        inputs,
        { epsilon: 1e-3, activation },
        {
          tolerance: 3e-5,
        },
      );
    });
  });

  it.each([[[7]], [[3, 5, 7, 9]], [[2, 130, 130, 3]]])('activations of %j', async (shape) => {
    const x = uniform(shape, 1, -9, 9);
    const dy = uniform(shape, 2);
    await expectLikeReference('Swish', { x });
    await expectLikeReference('SwishGrad', { dy, x });
    await expectLikeReference('ReluGradient', { dy, y: x });
    await expectLikeReference('SigmoidGradient', { dy, y: uniform(shape, 3, 0, 1) });
  });

  it('activations where exp overflows or vanishes, and of NaN', async () => {
    const values = Float32Array.of(-200, -100, -88, -87, -20, -1e-30, 0, 1e-30, 20, 87, 88, 100, NaN);
    const x = { shape: [values.length], values };
    await expectLikeReference('Swish', { x });
    await expectLikeReference('SwishGrad', { dy: uniform(x.shape, 1), x });
  });

  it.each([[[3, 5, 7, 40]], [[1, 1, 1, 5]], [[2, 9, 1, 17]], [[2, 14, 14, 480]]])(
    'channels of %j',
    async (shape) => {
      const [batch, , , channels] = shape;
      const x = uniform(shape, 1);
      const scale = uniform([batch, channels], 2);
      await expectLikeReference('GlobalAveragePool', { x });
      await expectLikeReference('GlobalAveragePoolGrad', { dy: scale }, { inputShape: shape });
      await expectLikeReference('ChannelScale', { x, scale });
      await expectLikeReference('ChannelScaleGrad', { dy: uniform(shape, 3), x, scale });
    },
  );

  it.each([
    { shape: [3, 5, 7, 4], rate: 0.2, stream: 7, perSample: false },
    { shape: [64, 3], rate: 0.5, stream: 0x7fffffff, perSample: true },
    { shape: [129, 2, 2, 3], rate: 0.05, stream: 3, perSample: true },
    { shape: [1000], rate: 0.9, stream: 1, perSample: false },
    { shape: [10], rate: 0, stream: 1, perSample: false },
  ])('dropout of $shape, rate $rate', async ({ shape, rate, ...attrs }) => {
    for (const value of [0, 1, -5, 0x7fffffff, -0x80000000]) {
      const seed = { shape: [], values: Int32Array.of(value), dtype: 'int32' } as const;
      // The same units, and the very product: no tolerance.
      const scalars = { seed, rate: scalar(rate), scale: scalar(1 / (1 - rate)) };
      const given = { x: uniform(shape, 1, 0.5, 1), ...scalars };
      await expectLikeReference('SeededDropout', given, attrs, { tolerance: 0 });
    }
  });

  it('cross-entropy', async () => {
    const logits = uniform([5, 6], 1, -20, 20);
    await expectLikeReference('SoftmaxCrossEntropy', { logits, labels: shares(5, 6) });
    logits.values[7] = NaN;
    await expectLikeReference('SoftmaxCrossEntropy', { logits, labels: shares(5, 6) });
  });

  it.each([[[1]], [[3, 3, 5, 7]], [[70_000]]])('updates of %j', async (shape) => {
    const given = {
      parameter: uniform(shape, 1),
      gradient: uniform(shape, 2),
      learningRate: scalar(0.01),
    };
    const moments = { firstMoment: uniform(shape, 3), secondMoment: uniform(shape, 4, 0, 1) };
    const powers = { beta1Power: scalar(0.9 ** 3), beta2Power: scalar(0.999 ** 3) };
    for (const weightDecay of [0, 0.01]) {
      const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay };
      await expectLikeReference('AdamUpdate', { ...given, ...moments, ...powers }, adam);
      for (const nesterov of [false, true]) {
        const sgd = { momentum: 0.9, nesterov, weightDecay };
        await expectLikeReference('SgdUpdate', { ...given, velocity: uniform(shape, 5) }, sgd);
      }
      const rms = { decay: 0.9, momentum: 0.9, epsilon: 1e-3, weightDecay };
      const slots = { meanSquare: uniform(shape, 6, 0, 1), velocity: uniform(shape, 7) };
      await expectLikeReference('RmsPropUpdate', { ...given, ...slots }, rms);
    }
    const average = { average: uniform(shape, 8), value: uniform(shape, 9) };
    await expectLikeReference('MovingAverageUpdate', average, { decay: 0.99 });
  });
});

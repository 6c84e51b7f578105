import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniform, uniformTensor, valuesOf } from '../engine/testing.js';
import { scalar, slice, tensor2d, tensor4d, type Tensor } from '../engine/tf.js';
import { BatchNorm, type BatchNormOptions } from './batch-norm.js';
import {
  buildLayer,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  setWeight,
  weightsOf,
} from './testing.js';

beforeAll(openReference);

const shape = [2, 3, 2];
const make = (options: Partial<BatchNormOptions> = {}, image = shape): BatchNorm =>
  buildLayer(new BatchNorm({ name: 'bn', activation: 'none', momentum: 0.9, epsilon: 1e-3, ...options }), [
    image,
  ]);
const statistics = (layer: BatchNorm): number[][] =>
  ['moving_mean', 'moving_variance'].map((name) => valuesOf(weightsOf(layer)[name]));

/** Mean and sum of squared deviations of each channel, in float64. */
function moments(x: Tensor, channels: number): { mean: number[]; squares: number[]; count: number } {
  const values = valuesOf(x);
  const count = values.length / channels;
  const mean = new Array<number>(channels).fill(0);
  values.forEach((value, i) => (mean[i % channels] += value / count));
  const squares = new Array<number>(channels).fill(0);
  values.forEach((value, i) => (squares[i % channels] += (value - mean[i % channels]) ** 2));
  return { mean, squares, count };
}

describe('BatchNorm', () => {
  it('starts as the identity in inference, but for epsilon', () => {
    const x = uniformTensor([2, ...shape], 1, -3, 3);
    const expected = valuesOf(x).map((value) => value / Math.sqrt(1.001));
    expectClose(valuesOf(call(make(), x)), expected);
    expect(make().inferShape([[null, 2, 3, 2]])).toEqual([null, 2, 3, 2]);
  });

  it('in training normalises with the biased variance of the batch', () => {
    const layer = make();
    setWeight(layer, 'gamma', [2, 3]);
    setWeight(layer, 'beta', [1, -1]);
    const x = uniformTensor([3, ...shape], 2, -3, 3);
    const { mean, squares, count } = moments(x, 2);
    const expected = valuesOf(x).map(
      (value, i) =>
        ((value - mean[i % 2]) / Math.sqrt(squares[i % 2] / count + 1e-3)) * (2 + (i % 2)) + (i % 2 ? -1 : 1),
    );
    expectClose(valuesOf(call(layer, x, { training: true })), expected, 2e-6);
  });

  it('measures the statistics of all values, whichever batches they came in', () => {
    const layer = make();
    const x = uniformTensor([5, ...shape], 3, -3, 3);
    const { mean, squares, count } = moments(x, 2);
    // Three images, and two: the second batch is two fifths of all. What was there before the first does not count.
    setWeight(layer, 'moving_mean', [7, 7]);
    const measure = (images: Tensor, share: number): number[] =>
      valuesOf(layer.apply(images, { training: false, measured: scalar(share) }) as Tensor);
    const first = slice(x, [0, 0, 0, 0], [3, ...shape]);
    // Normalised by the batch, as in training, and by no average.
    expectClose(measure(first, 1), valuesOf(call(make(), first, { training: true })));
    measure(slice(x, [3, 0, 0, 0], [2, ...shape]), 2 / 5);
    const [measuredMean, measuredVariance] = statistics(layer);
    expectClose(measuredMean, mean, 1e-6);
    expectClose(
      measuredVariance,
      squares.map((sum) => sum / count),
      1e-6,
    );
  });

  it('in inference normalises with the moving statistics', () => {
    const layer = make({ epsilon: 0.5 });
    setWeight(layer, 'moving_mean', [1, -2]);
    setWeight(layer, 'moving_variance', [4, 9]);
    const x = uniformTensor([1, ...shape], 3);
    const expected = valuesOf(x).map((value, i) =>
      i % 2 ? (value + 2) / Math.sqrt(9.5) : (value - 1) / Math.sqrt(4.5),
    );
    expectClose(valuesOf(call(layer, x)), expected);
    expectClose(statistics(layer).flat(), [1, -2, 4, 9], 0);
  });

  it('keeps running = momentum·running + (1 − momentum)·batch, the variance unbiased', () => {
    const momentum = 0.75;
    const layer = make({ momentum });
    let [mean, variance] = [
      [0, 0],
      [1, 1],
    ];
    for (const salt of [4, 5, 6]) {
      const x = uniformTensor([2, ...shape], salt, -2, 4);
      call(layer, x, { training: true });
      const batch = moments(x, 2);
      mean = mean.map((old, c) => momentum * old + (1 - momentum) * batch.mean[c]);
      variance = variance.map(
        (old, c) => momentum * old + (1 - momentum) * (batch.squares[c] / (batch.count - 1)),
      );
      expectClose(statistics(layer)[0], mean, 1e-6, `mean after ${salt}`);
      expectClose(statistics(layer)[1], variance, 1e-6, `variance after ${salt}`);
    }
  });

  it('takes the variance of a single place as it is, 0', () => {
    const layer = make({ momentum: 0.5 }, [2]);
    call(layer, tensor2d([3, 5], [1, 2]), { training: true });
    expectClose(statistics(layer).flat(), [1.5, 2.5, 0.5, 0.5], 0);
  });

  it.each([
    ['relu', (z: number) => Math.max(0, z)],
    ['swish', (z: number) => z / (1 + Math.exp(-z))],
  ] as const)('%s follows in training and in inference', (activation, f) => {
    const x = uniformTensor([2, ...shape], 7, -3, 3);
    for (const training of [false, true]) {
      const plain = valuesOf(call(make(), x, { training }));
      expectClose(valuesOf(call(make({ activation }), x, { training })), plain.map(f), 2e-6);
    }
  });

  it('has the gradients of what it computes, through the statistics of the batch', () => {
    for (const activation of ['none', 'swish'] as const) {
      expectLayerGradients(make({ activation }), [shape]);
      expectLayerGradients(make({ activation }, [3]), [[3]], { batch: 5 });
    }
    const relu = make({ activation: 'relu' });
    setWeight(relu, 'gamma', [0.5, 0.5]);
    setWeight(relu, 'beta', [2, 2]); // above the kink everywhere
    expectLayerGradients(relu, [shape]);
  });

  it('trains gamma and beta, and does not train the statistics', () => {
    const layer = make();
    const name = (weight: { originalName: string }): string => weight.originalName;
    expect(layer.trainableWeights.map(name)).toEqual(['bn/gamma', 'bn/beta']);
    expect(layer.nonTrainableWeights.map(name)).toEqual(['bn/moving_mean', 'bn/moving_variance']);
    expect(Object.values(weightsOf(layer)).map(valuesOf)).toEqual([
      ...[
        [1, 1],
        [0, 0],
      ],
      ...[
        [0, 0],
        [1, 1],
      ],
    ]);
  });

  it('starts gamma where it is told, at 0 as nothing but the offset', () => {
    const layer = make({ gammaStart: 0 });
    expect(valuesOf(weightsOf(layer).gamma)).toEqual([0, 0]);
    setWeight(layer, 'beta', [3, -1]);
    const x = uniformTensor([2, ...shape], 9);
    for (const training of [false, true]) {
      expect(valuesOf(call(layer, x, { training }))).toEqual(valuesOf(x).map((_, i) => (i % 2 ? -1 : 3)));
    }
  });

  describe('without scale', () => {
    const bare = (activation: 'none' | 'relu' = 'none'): BatchNorm => make({ useScale: false, activation });

    it('has no gamma', () => {
      expect(Object.keys(weightsOf(bare()))).toEqual(['beta', 'moving_mean', 'moving_variance']);
      expect(bare().trainableWeights.map(({ originalName }) => originalName)).toEqual(['bn/beta']);
    });

    it('computes, and learns, what a scale of 1 does', () => {
      const x = uniformTensor([3, ...shape], 10, -2, 4);
      for (const activation of ['none', 'relu'] as const) {
        const [without, scaled] = [bare(activation), make({ activation })];
        for (const layer of [without, scaled]) setWeight(layer, 'beta', [0.5, -0.25]);
        for (const training of [true, false]) {
          expectClose(valuesOf(call(without, x, { training })), valuesOf(call(scaled, x, { training })), 0);
        }
        expectClose(statistics(without).flat(), statistics(scaled).flat(), 0);
      }
      expectLayerGradients(bare(), [shape]);
    });

    it('has one parameter a channel, the same work, and comes back from its config', () => {
      expectCost(bare(), [shape], { macsElementwise: 24, innerActivations: 0 });
      expect(bare().cost([[null, ...shape]])).toMatchObject({ parameters: 2, nonTrainable: 4 });
      expectSameFromConfig(bare('relu'), [shape]);
    });
  });

  it('costs two a value, three with an activation', () => {
    expectCost(make(), [shape], { macsElementwise: 24, innerActivations: 0 });
    expectCost(make({ activation: 'swish' }), [shape], { macsElementwise: 36, innerActivations: 0 });
  });

  it('comes back from its config', () => {
    expectSameFromConfig(make({ activation: 'relu', momentum: 0.5, epsilon: 1e-5 }), [shape]);
  });

  it('a NaN reaches the statistics', () => {
    const layer = make();
    call(layer, tensor4d(uniform([1, ...shape], 8).fill(NaN, 0, 1), [1, 2, 3, 2]), { training: true });
    expect(statistics(layer).map((each) => each.map(Number.isNaN))).toEqual([
      [true, false],
      [true, false],
    ]);
  });
});

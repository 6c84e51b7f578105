import { beforeAll, describe, expect, it } from 'vitest';
import { schedule } from './schedule-options.js';
import { openReference } from '../engine/testing.js';
import { memory } from '../engine/tf.js';
import { RandomStream } from '../util/random.js';
import {
  rateAt,
  smooth,
  suggestLearningRate,
  testLearningRates,
  type RangePoint,
  type RangeTestOptions,
} from './learning-rate-test.js';
import type { LabelledBatch } from '../tasks/classification/meters.js';
import { EAGER, SGD, SIZE, tinyModel, tinyStream, tinyTask } from './testing.js';

beforeAll(openReference);

const CONFIG: RangeTestOptions<LabelledBatch>['config'] = {
  ...{
    seed: 5,
    batchSize: 4,
    accumulate: 1,
    workers: 1,
    epochs: 1,
    steps: null,
    until: 'end',
    optimizer: SGD,
  },
  ...{
    schedule: schedule.parse({ name: 'constant', warmUp: null }),
    labelSmoothing: 0,
    progressive: null,
    clipNorm: null,
    ema: null,
  },
  ...{
    synchronisedBatchNorm: false,
    batchNormStatistics: 'moving',
    batchNormImages: 1000,
    batchNormBatch: 200,
  },
};

function test({ model = tinyModel(), ...changes }: Partial<RangeTestOptions<LabelledBatch>> = {}) {
  return testLearningRates({
    engine: EAGER,
    model,
    config: CONFIG,
    task: tinyTask(),
    inputSize: SIZE,
    train: tinyStream(10, 4),
    steps: 40,
    from: 1e-4,
    to: 1,
    ...changes,
  });
}

describe('testLearningRates', () => {
  it('raises the rate by the same factor from step to step', async () => {
    const { points, end } = await test({ steps: 5, to: 1e-2 });
    expect(end).toBe('done');
    const rates = points.map(({ learningRate }) => learningRate);
    [1e-4, 10 ** -3.5, 1e-3, 10 ** -2.5, 1e-2].forEach((rate, i) =>
      expect(rates[i] / rate).toBeCloseTo(1, 12),
    );
    expect(points.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5]);
  });

  it('has one rate alone where it has one step alone', () => {
    expect(rateAt({ from: 1e-4, to: 1, steps: 1 }, 0)).toBe(1e-4);
  });

  it('takes the batches of an epoch in their order, and then those of the next', async () => {
    const stream = tinyStream(10, 4);
    const taken: string[] = [];
    const train: typeof stream = {
      ...stream,
      batch: (epoch, index) => {
        taken.push(`${epoch}:${index}`);
        return stream.batch(epoch, index);
      },
    };
    await test({ steps: 5, train });
    expect(taken.join(' ')).toBe('0:0 0:1 0:2 1:0 1:1');
    taken.length = 0;
    await test({ steps: 3, train, config: { ...CONFIG, accumulate: 2 } });
    expect(taken.join(' ')).toBe('0:0 0:1 0:2 1:0 1:1');
  });

  it('stops when the loss explodes', async () => {
    const { points, end } = await test({ steps: 60, to: 1e6 });
    expect(end).toBe('diverged');
    expect(points.length).toBeLessThan(60);
    expect(points.every(({ loss }) => Number.isFinite(loss))).toBe(true);
  });

  it('finds a rate below the explosion at which the model learns', async () => {
    const { points } = await test({ steps: 120, to: 1e3, train: tinyStream(30, 10) });
    const suggestion = suggestLearningRate(points)!;
    expect(suggestion.learningRate).toBeGreaterThan(1e-3);
    expect(suggestion.learningRate).toBeLessThan(1);
  });

  it('repeats itself, and leaves no tensors', async () => {
    const first = await test({ steps: 8 });
    const model = tinyModel();
    const before = memory().numTensors;
    expect(await test({ steps: 8, model })).toEqual(first);
    expect(memory().numTensors).toBe(before);
  });

  it('ends when it is told to', async () => {
    const stop = new AbortController();
    const result = await test({
      signal: stop.signal,
      onPoint: ({ step }) => (step === 3 ? stop.abort() : undefined),
    });
    expect(result.end).toBe('interrupted');
    expect(result.points).toHaveLength(3);
  });
});

describe('suggestLearningRate', () => {
  const range = { from: 1e-6, to: 10, steps: 140 };
  /** Flat, a fall that is steepest at 10⁻³ over the logarithm of the rate, and an explosion from 10⁻¹ on. */
  const curve = (noise: number, fall = 1): RangePoint[] => {
    const random = new RandomStream(0, 'noise');
    return Array.from({ length: range.steps }, (_, i) => {
      const learningRate = rateAt(range, i);
      const decades = Math.log10(learningRate);
      const loss = 2 - fall / (1 + Math.exp(-3 * (decades + 3))) + Math.exp(8 * (decades + 0.6));
      return { step: i + 1, learningRate, loss: loss + noise * random.normal() };
    });
  };

  it.each([0, 0.02, 0.1])('finds the steepest descent under noise of %f', (noise) => {
    const suggestion = suggestLearningRate(smooth(curve(noise)))!;
    expect(Math.abs(Math.log10(suggestion.learningRate) + 3)).toBeLessThan(noise === 0 ? 0.06 : 0.5);
  });

  it('suggests nothing where the loss falls by no more than noise, or was hardly seen', () => {
    for (const seedFall of [0, 0.02])
      expect(suggestLearningRate(smooth(curve(0.1, seedFall)))).toBeUndefined();
    expect(suggestLearningRate(smooth(curve(0).slice(0, 7)))).toBeUndefined();
  });
});

describe('smooth', () => {
  it('keeps what is constant, and what is straight but for the ends', () => {
    const line = (slope: number) =>
      smooth(
        Array.from({ length: 50 }, (_, i) => ({ step: i + 1, learningRate: i + 1, loss: 3 + slope * i })),
      );
    for (const { smoothedLoss } of line(0)) expect(smoothedLoss).toBeCloseTo(3, 12);
    line(1)
      .slice(6, -6)
      .forEach(({ smoothedLoss, loss }) => expect(smoothedLoss).toBeCloseTo(loss, 10));
  });
});

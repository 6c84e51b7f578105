import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { memory, tensor4d, type Tensor } from '../engine/tf.js';
import { crossEntropy, evaluate, type EvaluationBatch } from './evaluate.js';
import { createPredictor, predictLogits } from './predictor.js';
import { statisticsOf } from './parameters.js';
import { CLASSES, EAGER, SIZE, tinyModel, tinyStream } from './testing.js';

beforeAll(openReference);

const stream = tinyStream(7, 3, { training: false });

describe('evaluate', () => {
  it('scores every image once, the smaller last batch by its own size', async () => {
    const model = tinyModel();
    const seen: { logits: number[]; labels: number[]; done: number }[] = [];
    const result = await evaluate(createPredictor(EAGER, model), stream, SIZE, (logits, labels, done) => {
      seen.push({ logits: [...logits], labels: [...labels], done });
    });
    expect(seen.map(({ done, labels }) => [labels.length, done])).toEqual([
      [3, 3],
      [3, 6],
      [1, 7],
    ]);
    const logits = seen.flatMap((each) => each.logits);
    const labels = seen.flatMap((each) => each.labels);
    expect(labels).toEqual([0, 1, 2, 0, 1, 2, 0]);
    let loss = 0;
    let hits = 0;
    labels.forEach((label, b) => {
      const row = logits.slice(b * CLASSES, (b + 1) * CLASSES);
      loss -= Math.log(Math.exp(row[label]) / row.reduce((sum, z) => sum + Math.exp(z), 0));
      if (row.every((z, c) => c === label || z < row[label])) hits++;
    });
    expect(result).toEqual({
      ...{ count: 7, top1: hits / 7, top5: 1 },
      loss: expect.closeTo(loss / 7, 10) as number,
    });
  });

  it('computes what the model computes in inference, and changes nothing', async () => {
    const model = tinyModel();
    const before = statisticsOf(model).map(({ variable }) => valuesOf(variable));
    const { images, count } = await stream.batch(0, 0);
    const x = tensor4d(images, [count, SIZE, SIZE, 3]);
    const expected = valuesOf(model.apply(x, { training: false }) as Tensor);
    const tensors = memory().numTensors;
    expectClose(predictLogits(model, images, count, SIZE), expected, 0);
    await evaluate(createPredictor(EAGER, model), stream, SIZE);
    expect(memory().numTensors).toBe(tensors);
    expect(statisticsOf(model).map(({ variable }) => valuesOf(variable))).toEqual(before);
  });

  it('waits for whoever is told of a batch before it takes the next', async () => {
    let isBusy = false;
    const watched = {
      batchesPerEpoch: stream.batchesPerEpoch,
      batch: (epoch: number, index: number): Promise<EvaluationBatch> => {
        expect(isBusy).toBe(false);
        return stream.batch(epoch, index);
      },
    };
    await evaluate(createPredictor(EAGER, tinyModel()), watched, SIZE, async () => {
      isBusy = true;
      await new Promise(setImmediate);
      isBusy = false;
    });
  });

  it('ends without a result when it is stopped', async () => {
    const stop = new AbortController();
    let batches = 0;
    const result = await evaluate(
      createPredictor(EAGER, tinyModel()),
      stream,
      SIZE,
      () => (++batches === 2 ? stop.abort() : undefined),
      stop.signal,
    );
    expect(result).toBeUndefined();
    expect(batches).toBe(2);
  });
});

describe('crossEntropy', () => {
  const of = (row: number[], label: number): number => crossEntropy(Float32Array.from(row), label);

  it('is −log softmax, of large logits too', () => {
    expect(of([0, 0, 0, 0], 2)).toBeCloseTo(Math.log(4), 12);
    expect(of([1, 2, 3], 0)).toBeCloseTo(Math.log(1 + Math.E + Math.E ** 2), 12);
    expect(of([1000, 0], 0)).toBe(0);
    expect(of([1000, 0], 1)).toBe(1000);
    expect(of([-1e4, -1e4], 1)).toBeCloseTo(Math.LN2, 10);
  });

  it('is not a number when a logit is not', () => {
    for (const row of [
      [NaN, 1],
      [1, NaN],
      [NaN, NaN],
      [Infinity, 1],
    ])
      expect(of(row, 0)).toBeNaN();
  });
});

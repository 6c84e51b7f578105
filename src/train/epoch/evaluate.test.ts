import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../../engine/testing.js';
import { memory, tensor4d, type LayersModel, type Tensor } from '../../engine/tf.js';
import { evaluate, evaluateUntil, type EvaluateOptions } from './evaluate.js';
import { createPredictor, predictAtOnce } from '../predictor.js';
import { statisticsOf } from '../parameters.js';
import type { LabelledBatch } from '../../tasks/classification/meters.js';
import { CLASSES, EAGER, SIZE, tinyModel, tinyStream, tinyTask } from '../testing.js';

beforeAll(openReference);

const stream = tinyStream(7, 3, { training: false });
const options = ({
  model = tinyModel(),
  ...more
}: Partial<EvaluateOptions<LabelledBatch>> & {
  readonly model?: LayersModel;
} = {}): EvaluateOptions<LabelledBatch> => ({
  predictor: createPredictor(EAGER, model),
  task: tinyTask(),
  source: stream,
  inputSize: SIZE,
  ...more,
});

describe('evaluate', () => {
  it('scores every image once, the smaller last batch by its own size', async () => {
    const seen: { logits: number[]; labels: number[]; done: number }[] = [];
    const onBatch = ({ labels }: LabelledBatch, logits: Float32Array, done: number): void =>
      void seen.push({ logits: [...logits], labels: [...labels], done });
    const result = await evaluate(options({ onBatch }));
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
      count: 7,
      values: { loss: expect.closeTo(loss / 7, 10) as number, top1: hits / 7, top5: 1 },
    });
  });

  it('computes what the model computes in inference, and changes nothing', async () => {
    const model = tinyModel();
    const before = statisticsOf(model).map(({ variable }) => valuesOf(variable));
    const { images, count } = await stream.batch(0, 0);
    const x = tensor4d(images, [count, SIZE, SIZE, 3]);
    const expected = valuesOf(model.apply(x, { training: false }) as Tensor);
    const tensors = memory().numTensors;
    expectClose(predictAtOnce(model, images, count, SIZE), expected, 0);
    await evaluate(options({ model }));
    expect(memory().numTensors).toBe(tensors);
    expect(statisticsOf(model).map(({ variable }) => valuesOf(variable))).toEqual(before);
  });

  it('waits for whoever is told of a batch before it takes the next', async () => {
    const seen: string[] = [];
    const watched = {
      batchesPerEpoch: stream.batchesPerEpoch,
      batch: (epoch: number, index: number): Promise<LabelledBatch> => {
        seen.push(`batch ${index}`);
        return stream.batch(epoch, index);
      },
    };
    const onBatch = async (_batch: LabelledBatch, _logits: Float32Array, done: number): Promise<void> => {
      seen.push(`told ${done}`);
      await new Promise(setImmediate);
      seen.push(`heard ${done}`);
    };
    await evaluate(options({ source: watched, onBatch }));
    expect(seen).toEqual([
      ...['batch 0', 'told 3', 'heard 3'],
      ...['batch 1', 'told 6', 'heard 6'],
      ...['batch 2', 'told 7', 'heard 7'],
    ]);
  });

  it('ends without a result when it is stopped', async () => {
    const stop = new AbortController();
    let batches = 0;
    const onBatch = (): void => (++batches === 2 ? stop.abort() : undefined);
    const result = await evaluateUntil(options({ onBatch }), stop.signal);
    expect(result).toBeUndefined();
    expect(batches).toBe(2);
  });
});

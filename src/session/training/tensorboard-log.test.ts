import { expect, it, vi } from 'vitest';
import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import { openEventFile } from '../../runs/event-file.js';
import type { EpochResult, TrainEvent } from '../../train/events.js';
import { logForTensorboard } from './tensorboard-log.js';

vi.mock('../../runs/event-file.js');

const written: [step: number, values: object][] = [];
vi.mocked(openEventFile).mockReturnValue({
  path: 'events',
  write: (step, values) => void written.push([step, values]),
});

function log(tensorboard: boolean, events: readonly TrainEvent[]): typeof written {
  written.length = 0;
  const experiment = {
    log: { tensorboard, every: { steps: 2 } },
    train: { batchSize: 5 },
  } as unknown as Experiment;
  const dataset = { train: { count: 20 } } as unknown as Dataset;
  const listener = logForTensorboard('runs/a', experiment, dataset);
  for (const event of events) void listener?.(event);
  return [...written];
}

const result = {
  ...{ epoch: 1, step: 4, learningRate: 0.5, imagesPerSecond: 30, dataMs: 1, stepMs: 2, epochSeconds: 3 },
  train: { loss: 1.5, top1: 0.25 },
  val: { loss: 2, top1: 0.5, top5: null },
} as EpochResult;

it('logs the metrics of an epoch under a tag for each split', () => {
  expect(log(true, [{ type: 'epoch', result }])).toEqual([
    [
      4,
      {
        ...{ 'train/loss': 1.5, 'train/top1': 0.25, 'train/learning_rate': 0.5 },
        ...{ 'val/loss': 2, 'val/top1': 0.5, 'val/top5': null, 'time/images_per_second': 30 },
      },
    ],
  ]);
});

it('logs the weights beside their average under val_raw', () => {
  const both: EpochResult = { ...result, valRaw: { loss: 3, top1: 0.75, top5: null } };
  const [[, values]] = log(true, [{ type: 'epoch', result: both }]);
  expect(values).toMatchObject({
    'val/loss': 2,
    'val_raw/loss': 3,
    'val_raw/top1': 0.75,
    'val_raw/top5': null,
  });
});

it('logs the epoch so far as often as it is asked to, and nothing where it is not asked', () => {
  const events = [1, 2, 3, 4].map((step): TrainEvent => ({
    ...{ type: 'step', epoch: 0, step, batch: step, learningRate: 0.1, imagesPerSecond: 10 },
    metrics: { loss: step },
  }));
  expect(log(true, events)).toEqual(
    [2, 4].map((step) => [step, { 'running/loss': step, 'running/learning_rate': 0.1 }]),
  );
  expect(log(false, events)).toEqual([]);
});

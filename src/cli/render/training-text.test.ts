import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import type { Metric, TaskMetrics } from '../../metrics/metric.js';
import { readTrainLine } from '../../runs/record/train-lines.js';
import { summaryOf } from '../../runs/record/testing.js';
import type { ModelCost } from '../../session/cost/model-cost.js';
import type { Beginning } from '../../session/training/train-run.js';
import { classificationMetrics } from '../../tasks/classification/metrics.js';
import type { EpochResult, TrainEvent } from '../../train/events.js';
import type { TrainingState } from '../../train/state.js';
import type { CommandContext } from '../command.js';
import type { TrainingDisplay } from './training-display.js';
import { jsonDisplay } from './training-lines.js';
import { textDisplay } from './training-text.js';

let noted: string[];
let printed: string[];
beforeEach(() => {
  noted = [];
  printed = [];
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => vi.useRealTimers());

const context = {
  interactive: false,
  note: (line: string) => noted.push(line),
  print: (line: string) => printed.push(line),
} as unknown as CommandContext;
const experimentOf = (train: object = {}): Experiment =>
  ({
    ...{ name: 'exp', data: { inputSize: 32 }, log: { every: { steps: 2 } } },
    train: { seed: 3, batchSize: 8, epochs: 5, steps: null, ...train },
  }) as unknown as Experiment;
const beginning = (changes: Partial<Beginning> = {}): Beginning => ({
  ...{ engine: 'wasm (2 threads)', metrics: classificationMetrics, dir: 'runs/exp', resumedAt: undefined },
  dataset: {
    ...{ name: 'scenes', classes: ['a', 'b'] },
    ...{ train: { count: 1001 }, validation: { count: 20 } },
  } as unknown as Dataset,
  cost: { params: { trainable: 12_345, total: 0 }, macs: 6_789_000_000 } as unknown as ModelCost,
  ...changes,
});
const result: EpochResult = {
  ...{
    epoch: 2,
    step: 252,
    learningRate: 0.1,
    imagesPerSecond: 99.6,
    dataMs: 1,
    stepMs: 2,
    epochSeconds: 12.6,
  },
  train: { loss: 0.43214, top1: 0.8123 },
  val: { loss: null, top1: 0.5, top5: 1 },
};
const step = (number: number, batch: number): TrainEvent => ({
  ...{ type: 'step', epoch: 1, step: number, batch, learningRate: 0.1, imagesPerSecond: 99.6 },
  metrics: { loss: 0.5, top1: 0.25 },
});

describe('a run in a text that nobody watches', () => {
  const display = (train: object = {}, quiet = false): TrainingDisplay => {
    const made = textDisplay(experimentOf(train), context, quiet);
    made.begin(beginning());
    return made;
  };

  it('begins with what is trained on what', () => {
    display();
    expect(noted).toEqual([
      'engine: wasm (2 threads)',
      'exp, seed 3: 12,345 parameters, 6,789 million multiply-adds',
      'data: scenes, 1,001 to train on, 20 to validate, 2 classes, 32×32',
      'run folder: runs/exp',
    ]);
    textDisplay(experimentOf(), context, false).begin(beginning({ resumedAt: 252 }));
    expect(noted.at(-1)).toBe('run folder: runs/exp, resumed at step 252');
  });

  it('tells every tenth of the images that are decoded, once', () => {
    const { dataProgress } = textDisplay(experimentOf(), context, false);
    for (const done of [0, 1, 99, 100, 101, 1000]) dataProgress(done, 1000);
    expect(noted).toEqual([0, 100, '1,000'].map((done) => `decoding images, once: ${done} of 1,000`));
  });

  it('tells a step as often as log.every says, and how long the rest will take', () => {
    const shown = display();
    noted = [];
    shown.show({ type: 'epoch-start', epoch: 1, step: 126, batches: 126, batch: 0 });
    vi.setSystemTime(1_000_000 + 4000);
    shown.show(step(127, 1));
    shown.show(step(128, 2));
    shown.show({ type: 'epoch-start', epoch: 2, step: 252, batches: 126, batch: 0 });
    vi.setSystemTime(1_000_000 + 8000);
    shown.show(step(130, 4));
    // Two seconds a step; of 5 · 126 steps 502 and 500 are left.
    expect(noted).toEqual([
      'epoch 2/5 step 2/126: loss 0.5000, accuracy 25.0 %, 100 images/s, 16:44 left',
      'epoch 2/5 step 4/126: loss 0.5000, accuracy 25.0 %, 100 images/s, 16:40 left',
    ]);
  });

  it('counts the rest by steps where the config does', () => {
    const shown = display({ epochs: null, steps: 130 });
    noted = [];
    shown.show({ type: 'epoch-start', epoch: 1, step: 126, batches: 4, batch: 0 });
    vi.setSystemTime(1_000_000 + 4000);
    shown.show(step(128, 2));
    expect(noted).toEqual(['epoch 2 step 2/126: loss 0.5000, accuracy 25.0 %, 100 images/s, 0:04 left']);
  });

  it('tells epochs and plateaus', () => {
    const shown = display();
    noted = [];
    shown.show({ type: 'epoch', result });
    shown.show({ type: 'plateau', epoch: 2, reductions: 1, learningRate: 0.01 });
    expect(noted).toEqual([
      'epoch 2/5: loss 0.4321, accuracy 81.2 %; validation loss overflowed, accuracy 50.0 %; 100 images/s, 13 s',
      'plateau after epoch 2: learning rate 0.01 (reduction 1)',
    ]);
  });

  it('does not speak of a state where training had not begun', () => {
    const shown = display({});
    shown.interrupted('runs/exp', false);
    expect(noted.at(-1)).toBe(
      'interrupted before training began: nothing was written. To go on: the same command',
    );
  });

  it('ends with what came out, also where it is quiet', () => {
    for (const quiet of [false, true]) {
      [noted, printed] = [[], []];
      const shown = display({}, quiet);
      shown.note('so');
      shown.show({ type: 'epoch', result });
      shown.interrupted('runs/exp', true);
      expect(noted.length > 0).toBe(!quiet);
      const summary = summaryOf({ best: { epoch: 2, valTop1: 0.5 }, seconds: 3723, peakMemoryMb: 1234.5 });
      shown.finish(summary, 'runs/exp', { loss: 1.25, top1: 0.75, top5: 1 });
      expect(printed).toEqual([
        'last epoch   validation accuracy 50.0 %, loss overflowed',
        'best epoch   2: validation accuracy 75.0 %, loss 1.2500',
        'cost         1,000,000 parameters, 20 million multiply-adds; 1:02:03, peak memory 1,235 MB',
        'run folder   runs/exp',
      ]);
    }
  });

  it('says no more than there is', () => {
    display().finish(summaryOf(), 'runs/exp', undefined);
    expect(printed.map((line) => line.split(' ')[0])).toEqual(['cost', 'run']);
  });

  it('speaks of what the task measures', () => {
    const error: Metric = { name: 'meanError', title: 'mean error', unit: 'number', better: 'lower' };
    const metrics: TaskMetrics = { train: [error], validation: [error], primary: error };
    const made = textDisplay(experimentOf(), context, false);
    made.begin(beginning({ metrics }));
    made.show({ type: 'epoch', result: { ...result, train: { meanError: 3 }, val: { meanError: 2 } } });
    expect(noted.at(-1)).toBe(
      'epoch 2/5: mean error 3.0000; validation mean error 2.0000; 100 images/s, 13 s',
    );
  });
});

describe('a run in lines of JSON', () => {
  const state = { progress: { step: 252 }, tensors: new Map() } as unknown as TrainingState;

  it('has a line for every event but validation', () => {
    const { begin, show, note, interrupted, finish } = jsonDisplay(experimentOf(), context);
    note('so');
    begin(beginning({ resumedAt: 7 }));
    show({ type: 'epoch-start', epoch: 1, step: 126, batches: 126, batch: 0 });
    show(step(127, 1));
    show({ type: 'validation', epoch: 1, done: 4, total: 2 });
    show({ type: 'epoch', result });
    show({ type: 'plateau', epoch: 2, reductions: 1, learningRate: 0.01 });
    show({ type: 'checkpoint', name: 'best', state });
    show({ type: 'divergence', divergence: { step: 5, epoch: 1, layer: 'stem' } });
    show({ type: 'plan', batch: 8, plannedBytes: 9, calls: 1, recomputes: false, inOrder: false });
    interrupted('runs/exp', true);
    finish(summaryOf(), 'runs/exp', undefined);
    expect(noted).toEqual([]);
    const lines = printed.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ type }) => type)).toEqual([
      ...['note', 'begin', 'epoch-start', 'step', 'epoch', 'plateau'],
      ...['checkpoint', 'divergence', 'plan', 'interrupted', 'end'],
    ]);
    expect(lines[1]).toMatchObject({
      ...{ name: 'exp', seed: 3, run: 'runs/exp', engine: 'wasm (2 threads)', classes: ['a', 'b'] },
      ...{ trainImages: 1001, validationImages: 20, parameters: 12_345, macs: 6_789_000_000, resumedAt: 7 },
    });
    expect(lines[3]).toEqual({
      ...{ type: 'step', epoch: 1, step: 127, batch: 1, learningRate: 0.1 },
      ...{ loss: 0.5, top1: 0.25, imagesPerSecond: 99.6 },
    });
    expect(lines[4]).toMatchObject({ epoch: 2, step: 252, trainLoss: 0.43214, valLoss: null, valTop1: 0.5 });
    expect(lines[6]).toEqual({ type: 'checkpoint', name: 'best', step: 252 });
    // A sweep reads them back.
    for (const i of [1, 3, 4]) expect(readTrainLine(printed[i])?.type).toBe(lines[i].type);
  });
});

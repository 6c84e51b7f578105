import { beforeAll, describe, expect, it } from 'vitest';
import { schedule } from './schedule-options.js';
import type { TrainConfig } from './options.js';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { memory, type Scalar } from '../engine/tf.js';
import { makeKey } from '../util/random.js';
import { evaluate } from './epoch/evaluate.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { createPredictor } from './predictor.js';
import { restoreWeights } from './state.js';
import {
  EAGER,
  eventsOf,
  lastState,
  rowsOf,
  runTiny,
  SGD,
  SIZE,
  tinyModel,
  tinyStream,
  tinyTask,
} from './testing.js';

beforeAll(openReference);

const CONSTANT: Partial<TrainConfig> = { schedule: schedule.parse({ name: 'constant', warmUp: null }) };
const plateau = (options: object): Partial<TrainConfig> => ({
  schedule: schedule.parse({
    ...{ name: 'plateau', factor: 0.5, patience: 1, maxReductions: 2, minimum: 0, warmUp: null },
    // After the first, no epoch is ever better.
    threshold: 0.9999,
    ...options,
  }),
});

describe('train', () => {
  it('learns what can be learned', async () => {
    const { events, outcome } = await runTiny({ config: { epochs: 12, labelSmoothing: 0, ...CONSTANT } });
    const rows = rowsOf(events);
    expect(outcome).toMatchObject({ kind: 'done', progress: { epoch: 12, step: 36, batch: 0 } });
    expect(rows.at(-1)!.trainLoss).toBeLessThan(0.5 * rows[0].trainLoss);
    expect(rows.at(-1)!.valLoss!).toBeLessThan(0.8 * rows[0].valLoss!);
    expect(rows.at(-1)!.trainTop1).toBeGreaterThan(0.8);
  });

  it('tells what happens, in order', async () => {
    const { events } = await runTiny({ config: { epochs: 2 }, checkpoint: { best: 'val_loss' } });
    const told = events.map((event) => (event.type === 'checkpoint' ? event.name : event.type));
    const epoch = ['epoch-start', 'step', 'step', 'step', 'validation', 'validation', 'epoch'];
    const improved = rowsOf(events)[1].valLoss! < rowsOf(events)[0].valLoss!;
    expect(told).toEqual([...epoch, 'best', 'last', ...epoch, ...(improved ? ['best'] : []), 'last']);
    expect(eventsOf(events, 'epoch-start')[1]).toEqual({
      ...{ type: 'epoch-start', epoch: 1, step: 3, batches: 3, batch: 0 },
    });
    expect(eventsOf(events, 'validation').map(({ epoch, done, total }) => [epoch, done, total])).toEqual([
      ...[
        [0, 4, 2],
        [0, 7, 2],
      ],
      ...[
        [1, 4, 2],
        [1, 7, 2],
      ],
    ]);
  });

  it('reports the means of the epoch so far, and the rate that each step used', async () => {
    const config: Partial<TrainConfig> = {
      epochs: 2,
      schedule: schedule.parse({ name: 'step', factor: 0.1, at: [{ steps: 4 }], warmUp: { steps: 2 } }),
    };
    const { events } = await runTiny({ config });
    const steps = eventsOf(events, 'step');
    expect(steps.map(({ epoch, step, batch }) => [epoch, step, batch])).toEqual([
      ...[1, 2, 3].map((n) => [0, n, n]),
      ...[1, 2, 3].map((n) => [1, n + 3, n]),
    ]);
    const rates = [0.01, 0.02, 0.02, 0.02, 0.002, 0.002];
    expect(steps.map(({ learningRate }) => learningRate)).toEqual(
      rates.map((rate) => expect.closeTo(rate, 12)),
    );
    const rows = rowsOf(events);
    for (const [e, row] of rows.entries()) {
      const last = steps[3 * e + 2];
      expect(row).toMatchObject({
        ...{ epoch: e + 1, step: 3 * (e + 1), learningRate: last.learningRate },
        ...{ trainLoss: last.metrics.loss, trainTop1: last.metrics.top1 },
      });
    }
    // Each batch adds the losses of its own images: near ln 3 each, while little is learned.
    const images = [0, 4, 8, 10];
    const sums = [0, ...steps.slice(0, 3).map(({ metrics }, i) => metrics.loss * images[i + 1])];
    for (const i of [0, 1, 2]) {
      const batchMean = (sums[i + 1] - sums[i]) / (images[i + 1] - images[i]);
      expect(Math.abs(batchMean - Math.log(3))).toBeLessThan(0.5);
    }
    // Ten images an epoch: the top-1 of an epoch is a tenth.
    expect((10 * rows[0].trainTop1) % 1).toBeCloseTo(0, 9);
  });

  it('tells of an epoch the rate of its last step, where the next one has another', async () => {
    const config: Partial<TrainConfig> = {
      epochs: 3,
      schedule: schedule.parse({
        name: 'step',
        factor: 0.1,
        at: [{ epochs: 1 }, { steps: 6 }],
        warmUp: null,
      }),
    };
    const { events } = await runTiny({ config });
    const rates = [0.02, 0.002, 0.0002].map((rate) => expect.closeTo(rate, 12));
    expect(rowsOf(events).map(({ learningRate }) => learningRate)).toEqual(rates);
    expect(eventsOf(events, 'step').map(({ learningRate }) => learningRate)).toEqual(
      rates.flatMap((rate) => [rate, rate, rate]),
    );
  });

  it('gives each epoch its own order of images, and each step its own seed', async () => {
    const seen: [number, number][] = [];
    const stream = tinyStream(10, 4);
    const watched = {
      ...stream,
      batch: (epoch: number, index: number) => {
        seen.push([epoch, index]);
        return stream.batch(epoch, index);
      },
    };
    const model = tinyModel();
    const seeds: number[] = [];
    const apply = model.apply.bind(model);
    model.apply = (x, options) => {
      const { training, seed } = options as { training: boolean; seed: Scalar };
      if (training) seeds.push(valuesOf(seed)[0]);
      return apply(x, options);
    };
    await runTiny({ config: { epochs: 2 }, options: { train: watched, model } });
    expect(seen).toEqual([0, 1].flatMap((epoch) => [0, 1, 2].map((index) => [epoch, index])));
    expect(seeds).toEqual([0, 1, 2, 3, 4, 5].map((step) => makeKey(5, 'step', step)));
  });

  it('tells the task how much of training is done: nothing in the first step, all in the last', async () => {
    const task = tinyTask();
    const seen: number[] = [];
    const watched: typeof task = {
      ...task,
      prepare: (batch, key, moment) => {
        seen.push(moment.done);
        return task.prepare(batch, key, moment);
      },
    };
    await runTiny({ config: { epochs: null, steps: 5 }, options: { task: watched } });
    expect(seen).toEqual([0, 0.25, 0.5, 0.75, 1]);
    await runTiny({ config: { epochs: null, steps: 1 }, options: { task: watched } });
    expect(seen.at(-1)).toBe(0);
  });

  it('trains for steps, the last epoch cut short', async () => {
    const { events, outcome } = await runTiny({ config: { epochs: null, steps: 5 } });
    expect(outcome).toMatchObject({ kind: 'done', progress: { step: 5, epoch: 2, batch: 0 } });
    expect(rowsOf(events).map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 3],
      [2, 5],
    ]);
    expect(eventsOf(events, 'epoch-start').map(({ batches }) => batches)).toEqual([3, 2]);
    expect(lastState(events).progress.step).toBe(5);
  });

  it('another seed trains another model', async () => {
    const [a, b] = [await runTiny({ config: { seed: 1 } }), await runTiny({ config: { seed: 2 } })];
    expect(rowsOf(a.events)).not.toEqual(rowsOf(b.events));
    expect(rowsOf(a.events)).toEqual(rowsOf((await runTiny({ config: { seed: 1 } })).events));
  });
});

describe('checkpoints', () => {
  const savedSteps = async (
    every: { steps: number } | { epochs: number },
    config: Partial<TrainConfig> = {},
  ): Promise<number[]> => {
    const { events } = await runTiny({ config, checkpoint: { every } });
    return eventsOf(events, 'checkpoint')
      .filter(({ name }) => name === 'last')
      .map(({ state }) => state.progress.step);
  };

  it('are saved every so many steps or epochs, and at the end', async () => {
    expect(await savedSteps({ steps: 2 })).toEqual([2, 4, 6, 8, 10, 12]);
    expect(await savedSteps({ steps: 5 })).toEqual([5, 10, 12]);
    expect(await savedSteps({ epochs: 2 })).toEqual([6, 12]);
    expect(await savedSteps({ epochs: 3 })).toEqual([9, 12]);
    expect(await savedSteps({ epochs: 0.5 })).toEqual([2, 4, 6, 8, 10, 12]);
    expect(await savedSteps({ epochs: 1 }, { epochs: null, steps: 4 })).toEqual([3, 4]);
  });

  it('at the end of an epoch hold the epoch done, after its row was told', async () => {
    const { events } = await runTiny({ checkpoint: { every: { steps: 3 } } });
    for (const { state } of eventsOf(events, 'checkpoint'))
      expect(state.progress).toMatchObject({ batch: 0, sums: { images: 0, loss: 0, hits: 0 } });
    const types = events.map(({ type }) => type);
    expect(types.indexOf('epoch')).toBeLessThan(types.indexOf('checkpoint'));
  });

  it.each(['val_top1', 'val_loss'] as const)(
    'the best is the best by %s, the first of equals',
    async (best) => {
      const { events } = await runTiny({ config: { epochs: 8, ...CONSTANT }, checkpoint: { best } });
      const rows = rowsOf(events);
      let record: number | undefined;
      const expected = rows.flatMap((row) => {
        const value = best === 'val_top1' ? -row.valTop1 : row.valLoss!;
        if (record !== undefined && value >= record) return [];
        record = value;
        return [row.epoch];
      });
      const saved = eventsOf(events, 'checkpoint').filter(({ name }) => name === 'best');
      expect(saved.map(({ state }) => state.progress.epoch)).toEqual(expected);
      expect(lastState(events).progress.best).toEqual({ epoch: expected.at(-1), value: Math.abs(record!) });
    },
  );

  it('with an average of weights: it follows every step', async () => {
    const start = valuesOf(parametersOf(tinyModel())[0].variable);
    const { events } = await runTiny({ config: { ema: 0.75 }, checkpoint: { every: { steps: 1 } } });
    const saved = eventsOf(events, 'checkpoint').filter(({ name }) => name === 'last');
    let expected = start;
    for (const { state } of saved) {
      const weights = state.tensors.get('conv/kernel')!.data;
      expected = expected.map((average, i) => 0.75 * average + 0.25 * weights[i]);
      expectClose(state.tensors.get('ema/conv/kernel')!.data, expected, 1e-6);
    }
    expect(saved.length).toBe(12);
  });

  it('with an average of weights: validated with the average, and restored to it', async () => {
    const { events } = await runTiny({ config: { ema: 0.8 } });
    const model = tinyModel(3);
    restoreWeights(model, lastState(events).tensors, 'last');
    const source = tinyStream(7, 4, { training: false, salt: 1 });
    const predictor = createPredictor(EAGER, model);
    const { values } = await evaluate({ predictor, task: tinyTask(), source, inputSize: SIZE });
    const row = rowsOf(events).at(-1)!;
    expect([values.loss, values.top1]).toEqual([row.valLoss, row.valTop1]);
    const { tensors } = lastState(events);
    expect(tensors.get('ema/conv/kernel')!.data).not.toEqual(tensors.get('conv/kernel')!.data);
  });
});

describe('until plateau', () => {
  it('stops when the condition fires again after the last reduction', async () => {
    const { events, outcome } = await runTiny({
      config: { epochs: 20, until: 'plateau', optimizer: SGD, ...plateau({}) },
    });
    expect(outcome).toMatchObject({ kind: 'plateau', progress: { epoch: 7, plateau: { exhausted: true } } });
    const rates = rowsOf(events).map(({ learningRate }) => learningRate);
    expect(rates).toEqual([0.1, 0.1, 0.1, 0.05, 0.05, 0.025, 0.025]);
    expect(eventsOf(events, 'plateau')).toEqual([
      { type: 'plateau', epoch: 3, reductions: 1, learningRate: 0.05 },
      { type: 'plateau', epoch: 5, reductions: 2, learningRate: 0.025 },
      { type: 'plateau', epoch: 7, reductions: 2, learningRate: 0.025 },
    ]);
    expect(lastState(events).progress).toMatchObject({ epoch: 7, step: 21 });
  });

  it('bears `patience` epochs without a lower val_loss', async () => {
    const { outcome } = await runTiny({
      config: { epochs: 20, until: 'plateau', ...plateau({ patience: 3, maxReductions: 1 }) },
    });
    expect(outcome).toMatchObject({ kind: 'plateau', progress: { epoch: 9 } });
  });

  it('has epochs as the upper bound', async () => {
    const { outcome } = await runTiny({ config: { epochs: 3, until: 'plateau', ...plateau({}) } });
    expect(outcome).toMatchObject({ kind: 'done', progress: { epoch: 3, plateau: { exhausted: false } } });
  });

  it('does not stop a run that is to go to its end, and says once that the schedule is exhausted', async () => {
    const { events, outcome } = await runTiny({ config: { epochs: 7, ...plateau({ maxReductions: 1 }) } });
    expect(outcome).toMatchObject({ kind: 'done', progress: { epoch: 7 } });
    expect(eventsOf(events, 'plateau').map(({ epoch, reductions }) => [epoch, reductions])).toEqual([
      [3, 1],
      [5, 1],
    ]);
  });
});

it('keeps no tensor: as many from the second step on, and as before when it is done', async () => {
  const model = tinyModel();
  const before = memory().numTensors;
  const counts: number[] = [];
  await runTiny({
    config: { epochs: 3, ema: 0.9 },
    checkpoint: { every: { steps: 2 } },
    options: { model },
    onEvent: ({ type }) => {
      if (type === 'step') counts.push(memory().numTensors);
    },
  });
  expect(counts.length).toBe(9);
  expect(new Set(counts.slice(1)).size).toBe(1);
  expect(memory().numTensors).toBe(before);
});

it('an interrupted run is saved as it stands, the weights those of the steps that were done', async () => {
  const { events, outcome, model } = await runTiny({
    onEvent: (event, stop) => {
      if (event.type === 'step' && event.step === 2) stop.abort();
    },
  });
  expect(outcome).toMatchObject({ kind: 'interrupted', progress: { step: 2, batch: 2, epoch: 0 } });
  const { tensors, progress } = lastState(events);
  expect(progress.sums.images).toBe(8);
  for (const { name, variable } of [...parametersOf(model), ...statisticsOf(model)])
    expect([...tensors.get(name)!.data], name).toEqual(valuesOf(variable));
});

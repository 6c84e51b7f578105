import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schedule } from '../../train/schedule-options.js';
import type { Experiment } from '../../config/schema.js';
import { openEngine, type Engine } from '../../engine/engine.js';
import { removeBackend, type LayersModel } from '../../engine/tf.js';
import { model as modelSchema } from '../../models/options.js';
import { createRun, openRunForReading } from '../../runs/run-folder.js';
import { RunRecorder, type Begin } from '../../session/training/run-recorder.js';
import { scoreBest } from '../../session/training/score.js';
import type { BatchSource, TrainSource } from '../../train/batch-source.js';
import { fromStored, toStored } from '../../train/checkpoint-tensors.js';
import type { TrainEvent } from '../../train/events.js';
import type { TrainConfig } from '../../train/options.js';
import type { TrainOutcome } from '../../train/outcome.js';
import { predictAtOnce } from '../../train/predictor.js';
import type { TrainingState } from '../../train/state.js';
import { ADAMW, bitsOf, eventsOf, lastState } from '../../train/testing.js';
import { train } from '../../train/trainer.js';
import { permutation, RandomStream } from '../../util/random.js';
import { designFor } from '../design.js';
import { brightness, type MeasuredBatch } from './task.testing.js';

const SIZE = 12;
const BATCH = 8;
const work = mkdtempSync(join(tmpdir(), 'involve-brightness-'));

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
  engine.use();
});
afterAll(() => {
  removeBackend('involve-wasm');
  rmSync(work, { recursive: true });
});

/** Drawn images: a rectangle on a ground, both of random grey; shuffled anew in every epoch when `training`. */
function drawn(count: number, salt: number, training: boolean): TrainSource<MeasuredBatch> {
  return {
    batchesPerEpoch: Math.ceil(count / BATCH),
    batch(epoch, index) {
      const order = training ? permutation(count, salt, 'order', epoch) : undefined;
      const size = Math.min(BATCH, count - index * BATCH);
      const images = new Float32Array(size * SIZE * SIZE * 3);
      const targets = new Float32Array(size);
      for (let b = 0; b < size; b++) {
        const position = index * BATCH + b;
        const pixels = draw(new RandomStream(salt, 'image', order ? order[position] : position));
        targets[b] = pixels.reduce((sum, value) => sum + value, 0) / pixels.length;
        pixels.forEach((value, i) =>
          images.fill(4 * value - 2, 3 * (b * SIZE * SIZE + i), 3 * (b * SIZE * SIZE + i + 1)),
        );
      }
      return Promise.resolve({ images, count: size, brightness: targets, waitedMs: 0 });
    },
  };
}

/** Grey values 0…1, row by row. */
function draw(random: RandomStream): number[] {
  const [ground, shape] = [random.between(0, 1), random.between(0, 1)];
  const [right, bottom] = [random.between(2, SIZE), random.between(2, SIZE)];
  return Array.from({ length: SIZE * SIZE }, (_, i) =>
    i % SIZE < right && i / SIZE < bottom ? shape : ground,
  );
}

const validation: BatchSource<MeasuredBatch> = drawn(30, 1, false);

function build(seed = 0): LayersModel {
  const config = modelSchema.parse({ family: 'wide-resnet', depth: 10, widen: 1 });
  return designFor(brightness, config, SIZE).build(seed, 'brightness');
}

const CONFIG: TrainConfig = {
  seed: 3,
  batchSize: BATCH,
  accumulate: 1,
  workers: 1,
  epochs: 6,
  steps: null,
  until: 'end',
  optimizer: ADAMW,
  schedule: schedule.parse({ name: 'cosine', minimum: 0, warmUp: null }),
  labelSmoothing: 0,
  progressive: null,
  clipNorm: null,
  ema: null,
  batchNormStatistics: 'moving',
  synchronisedBatchNorm: false,
  batchNormImages: 1000,
  batchNormBatch: 200,
};

interface Trained {
  readonly events: readonly TrainEvent[];
  readonly outcome: TrainOutcome;
  readonly model: LayersModel;
}

/** @param stopAt the step after which it is interrupted */
async function run(options: {
  readonly config?: Partial<TrainConfig>;
  readonly best?: `val_${string}`;
  readonly resume?: TrainingState;
  readonly stopAt?: number;
}): Promise<Trained> {
  const events: TrainEvent[] = [];
  const stop = new AbortController();
  const model = build(options.resume ? 99 : 0);
  const outcome = await train({
    engine,
    model,
    task: brightness,
    experiment: {
      train: { ...CONFIG, ...options.config },
      checkpoint: { every: { epochs: 1 }, best: options.best ?? 'val_mae', keep: null },
    },
    inputSize: SIZE,
    train: drawn(60, 0, true),
    validation,
    // As a file brings it back.
    resume: options.resume && {
      state: fromStored(toStored(options.resume), 'last'),
      source: 'last.safetensors',
    },
    listener: (event) => {
      events.push(event);
      if (event.type === 'step' && event.step === options.stopAt) stop.abort();
    },
    signal: stop.signal,
  });
  return { events, outcome, model };
}

/** Without what is timed. */
const resultsOf = (events: readonly TrainEvent[]) =>
  eventsOf(events, 'epoch').map(({ result: { epoch, step, learningRate, train, val } }) => ({
    epoch,
    step,
    learningRate,
    train,
    val,
  }));

describe('a task of one folder', () => {
  let trained: Trained;
  beforeAll(async () => {
    trained = await run({});
  });

  it('learns: far better than the constant that fits best', async () => {
    const targets: number[] = [];
    for (let i = 0; i < validation.batchesPerEpoch; i++) {
      targets.push(...(await validation.batch(0, i)).brightness);
    }
    const mean = targets.reduce((sum, value) => sum + value, 0) / targets.length;
    const constant = targets.reduce((sum, value) => sum + (value - mean) ** 2, 0) / targets.length;
    const { val } = resultsOf(trained.events).at(-1)!;
    expect(val.loss).toBeLessThan(0.1 * constant);
  });

  it('has its metrics in the events, by name and in order', () => {
    for (const { metrics } of eventsOf(trained.events, 'step'))
      expect(Object.keys(metrics)).toEqual(['loss', 'mae']);
    const results = resultsOf(trained.events);
    expect(results).toHaveLength(6);
    for (const { train, val } of results) {
      expect([Object.keys(train), Object.keys(val)]).toEqual([
        ['loss', 'mae'],
        ['loss', 'mae'],
      ]);
      // No mean of squares is below the square of the mean.
      expect(train.loss).toBeGreaterThanOrEqual(train.mae ** 2);
      expect(val.loss).toBeGreaterThanOrEqual(val.mae! ** 2);
    }
  });

  it.each(['val_mae', 'val_loss'] as const)('has the best by %s, the lower the better', async (best) => {
    const { events } = best === 'val_mae' ? trained : await run({ best });
    const values = resultsOf(events).map(({ val }) => val[best.slice('val_'.length)]!);
    const { progress } = lastState(events);
    const lowest = Math.min(...values);
    expect(progress.best).toEqual({ epoch: values.indexOf(lowest) + 1, value: lowest });
  });

  it('cannot have the best by what it does not measure', async () => {
    await expect(run({ best: 'val_top1' })).rejects.toThrow(/val_top1/);
  });

  it('goes on from a checkpoint within an epoch, bit for bit', async () => {
    const first = await run({ stopAt: 12 });
    const state = lastState(first.events);
    expect(state.progress).toMatchObject({ epoch: 1, batch: 4, sums: { images: 32 } });
    const second = await run({ resume: state });
    expect(bitsOf(lastState(second.events))).toEqual(bitsOf(lastState(trained.events)));
    expect(lastState(second.events).progress).toEqual(lastState(trained.events).progress);
    expect(resultsOf([...first.events, ...second.events])).toEqual(resultsOf(trained.events));
  });

  it('has its metrics in the files of a run, and its own files beside them', async () => {
    const dir = join(work, 'run');
    const { metrics } = brightness;
    const run = await createRun({ dir, config: 'name: brightness\n', environment: { metrics } });
    const parts = { engine, metrics, cost: { params: { trainable: 1 }, macs: 1 } } as unknown as Begin;
    const experiment = { name: 'brightness', train: CONFIG } as unknown as Experiment;
    const recorder = new RunRecorder(run, experiment, parts, undefined, undefined, []);
    for (const event of trained.events) await recorder.record(event);
    const split = { engine, model: build(5), task: brightness, source: validation, inputSize: SIZE };
    const summary = await recorder.finish(trained.outcome, await scoreBest(dir, split));
    await run.close();

    const [head] = readFileSync(join(dir, 'metrics.csv'), 'utf8').split('\n');
    expect(head).toBe(
      'epoch,step,learning_rate,train_loss,train_mae,val_loss,val_mae,' +
        'images_per_second,data_ms,step_ms,epoch_seconds,peak_memory_mb',
    );
    const results = resultsOf(trained.events);
    const record = await openRunForReading(dir);
    expect(record.environment.metrics).toEqual(metrics);
    expect(record.metrics.map((row) => [row.train_loss, row.train_mae, row.val_loss, row.val_mae])).toEqual(
      results.map(({ train, val }) => [train.loss, train.mae, val.loss, val.mae]),
    );
    const lowest = Math.min(...results.map(({ val }) => val.mae!));
    expect(summary).toMatchObject({ best: { valMae: lowest }, final: { valMae: results.at(-1)!.val.mae } });
    expect(readFileSync(join(dir, 'errors.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(31);
  });

  it('predicts', async () => {
    const { images, count, brightness: targets } = await validation.batch(0, 0);
    const outputs = predictAtOnce(trained.model, images, count, SIZE);
    const { rows, record } = brightness.predict(outputs.subarray(0, 1), 5);
    expect(rows).toEqual([[outputs[0]]]);
    expect(Math.abs((record.brightness as number) - targets[0])).toBeLessThan(0.3);
  });
});

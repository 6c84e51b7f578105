import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../../config/load.js';
import { experimentSchema } from '../../config/schema.js';
import { ConfigFolder } from '../../config/testing.js';
import { augment as augmentSchema } from '../../data/augment/options.js';
import { openDataset, type Dataset } from '../../data/dataset.js';
import { dataConfig } from '../../data/sample-data.testing.js';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import { IGNORED } from '../../data/target.js';
import { openEngine, type StepEngine } from '../../engine/engine.js';
import type { ExecutionMode } from '../../engine/program/program.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../../engine/tensorflow/testing.js';
import { expectClose, openReference, uniform } from '../../engine/testing.js';
import { removeBackend, sum, tensor, tidy, variable, variableGrads, type Scalar } from '../../engine/tf.js';
import { model as modelSchema } from '../../models/options.js';
import type { TrainConfig } from '../../train/options.js';
import { ADAMW, bitsOf, eventsOf, lastState, rowsOf } from '../../train/testing.js';
import type { TrainEvent } from '../../train/events.js';
import { fromStored, toStored } from '../../train/checkpoint-tensors.js';
import { schedule } from '../../train/schedule-options.js';
import type { TrainingState } from '../../train/state.js';
import { train } from '../../train/trainer.js';
import { designFor } from '../design.js';
import { pixelLoss, pixelLosses } from './loss.js';
import { segmentation } from './task.js';

const work = mkdtempSync(join(tmpdir(), 'involve-segmentation-'));
afterAll(() => {
  removeBackend('involve-wasm');
  rmSync(work, { recursive: true });
});

/** Puts an engine into use. */
const ENGINES: Readonly<Record<string, (mode: ExecutionMode) => Promise<StepEngine>>> = {
  wasm: async (mode) => {
    const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    engine.use();
    return { ...engine, mode };
  },
  ...(NO_TENSORFLOW ? {} : { tensorflow: openTestTensorflow }),
};

describe('the loss of pixels', () => {
  const [shape, weights] = [[2, 3, 2, 4] as const, [1, 0.5, 2, 0]];
  const logits = uniform(shape, 5, -3, 3);
  const labels = Int32Array.of(0, 1, 2, 3, IGNORED, 1, 2, 2, 0, IGNORED, IGNORED, 1);
  const of = (values: Float32Array, w?: readonly number[]) =>
    [0, 1].map((b) =>
      pixelLoss(values.subarray(24 * b, 24 * (b + 1)), labels.subarray(6 * b, 6 * b + 6), 4, w),
    );
  const compute = (w?: readonly number[]) =>
    tidy(() => {
      const x = variable(tensor(logits, [...shape]));
      const losses = pixelLosses(x, tensor(labels, [2, 3, 2], 'int32'), w);
      const { grads } = variableGrads(
        () => sum(pixelLosses(x, tensor(labels, [2, 3, 2], 'int32'), w)) as Scalar,
        [x],
      );
      const gradient = grads[x.name].dataSync<'float32'>().slice();
      return { losses: losses.dataSync<'float32'>().slice(), gradient };
    });

  it.each(['reference', ...Object.keys(ENGINES)])(
    'is that of the formula, with its gradient: %s',
    async (name) => {
      if (name === 'reference') await openReference();
      else await ENGINES[name]('eager');
      for (const w of [undefined, weights]) {
        const { losses, gradient } = compute(w);
        expectClose(losses, of(logits, w), 1e-5, 'loss');
        // Central differences of the formula in float64.
        const step = 1 / 256;
        const slopes = Array.from(logits, (_, i) => {
          const moved = (by: number) =>
            of(
              logits.map((z, j) => (i === j ? z + by : z)),
              w,
            );
          const [up, down] = [moved(step), moved(-step)];
          return (up[0] + up[1] - down[0] - down[1]) / (2 * step);
        });
        expectClose(gradient, slopes, 1e-4, 'gradient');
        // What counts for nothing moves nothing.
        labels.forEach((label, p) => {
          if (label !== IGNORED && w?.[label] !== 0) return;
          for (const slope of gradient.subarray(4 * p, 4 * p + 4)) expect(Math.abs(slope)).toBe(0);
        });
      }
    },
  );
});

describe('the loss of hard pixels', () => {
  // Two classes; what is left to the true one: 0.9, 0.6, 0.2, 0.5, and a pixel that counts for nothing.
  const shares = [0.9, 0.6, 0.2, 0.5, 0.01];
  const logits = Float32Array.from(shares.flatMap((p) => [Math.log(p), Math.log(1 - p)]));
  const labels = Int32Array.of(0, 0, 0, 0, IGNORED);
  const lossOf = (minKept: number, thresh: number | null, weights?: readonly number[]) =>
    tidy(() => {
      const x = variable(tensor(logits, [1, 1, 5, 2]));
      const compute = () => pixelLosses(x, tensor(labels, [1, 1, 5], 'int32'), weights, { minKept, thresh });
      const { value, grads } = variableGrads(() => sum(compute()) as Scalar, [x]);
      const moved = grads[x.name].dataSync<'float32'>();
      return { loss: value.dataSync()[0], learned: shares.map((_, p) => moved[2 * p] !== 0) };
    });
  const mean = (...some: number[]) => -some.reduce((total, p) => total + Math.log(p), 0) / some.length;

  it.each(['reference', ...Object.keys(ENGINES)])(
    'is their mean, and nothing else moves: %s',
    async (name) => {
      if (name === 'reference') await openReference();
      else await ENGINES[name]('eager');
      const expectLoss = (of: ReturnType<typeof lossOf>, loss: number, learned: number[]) => {
        expect(of.loss).toBeCloseTo(loss, 5);
        expect(of.learned.flatMap((is, p) => (is ? [p] : []))).toEqual(learned);
      };
      expectLoss(lossOf(1, null), mean(0.2), [2]);
      expectLoss(lossOf(2, null), mean(0.2, 0.5), [2, 3]);
      expectLoss(lossOf(1, 0.7), mean(0.6, 0.2, 0.5), [1, 2, 3]);
      // At least two, whatever the threshold.
      expectLoss(lossOf(2, 0.3), mean(0.2, 0.5), [2, 3]);
      expectLoss(lossOf(5, null), mean(0.9, 0.6, 0.2, 0.5), [0, 1, 2, 3]);
      expectLoss(lossOf(4, 0.1, [2, 1]), mean(0.9, 0.6, 0.2, 0.5), [0, 1, 2, 3]);
    },
  );
});

describe('segmentation of drawn scenes', () => {
  const SIZE = 16;
  const config = dataConfig({
    ...{ name: 'scene-masks', inputSize: SIZE },
    scenes: { train: 40, test: 12, seed: 0 },
  });
  const augment = augmentSchema.parse({ shiftCrop: 2, rotation: { degrees: 10 } });
  let dataset: Dataset;
  beforeAll(async () => void (dataset = await openDataset(config, { cacheDir: work })));
  afterAll(() => dataset.close());

  const TRAIN = {
    ...{ seed: 3, batchSize: 8, accumulate: 1, workers: 1, epochs: 1, steps: null, until: 'end' },
    optimizer: ADAMW,
    schedule: schedule.parse({ name: 'constant' }),
    ...{ labelSmoothing: 0, progressive: null, clipNorm: null, ema: null },
    ...{
      synchronisedBatchNorm: false,
      batchNormStatistics: 'moving',
      batchNormImages: 1000,
      batchNormBatch: 200,
    },
  } satisfies TrainConfig;

  async function run(
    engine: StepEngine,
    given: { resume?: TrainingState; stopAt?: number; epochs?: number } = {},
  ) {
    const task = segmentation(dataset.classes);
    const model = designFor(
      task,
      modelSchema.parse({
        family: 'efficientnet',
        attention: { type: 'none' },
        removeStages: [4, 5, 6, 7, 8],
      }),
      SIZE,
    ).build(given.resume ? 99 : 0, 'scenes');
    const streamOf = (split: 'train' | 'validation') =>
      openBatchStream(dataset[split], {
        ...{ batchSize: 8, seed: 3, augment, training: split === 'train', ahead: 0 },
      });
    const events: TrainEvent[] = [];
    const stop = new AbortController();
    await train({
      ...{
        engine,
        model,
        task,
        inputSize: SIZE,
        train: streamOf('train'),
        validation: streamOf('validation'),
      },
      experiment: {
        train: { ...TRAIN, epochs: given.epochs ?? TRAIN.epochs },
        checkpoint: { every: { epochs: 1 }, best: 'val_miou', keep: null },
      },
      resume: given.resume && { state: fromStored(toStored(given.resume), 'last'), source: 'last' },
      listener: (event) => {
        events.push(event);
        if (event.type === 'step' && event.step === given.stopAt) stop.abort();
      },
      signal: stop.signal,
    });
    return events;
  }

  it.each(Object.keys(ENGINES))(
    'replayed has the bits of eager execution, and goes on from a checkpoint within an epoch: %s',
    async (name) => {
      const replayed = await run(await ENGINES[name]('replay'));
      const bits = bitsOf(lastState(replayed));
      // Operation by operation TensorFlow takes long, and its replay is compared with that elsewhere.
      if (name === 'wasm') {
        expect(bitsOf(lastState(await run(await ENGINES.wasm('eager'))))).toEqual(bits);
      }
      const engine = await ENGINES[name]('replay');
      const first = await run(engine, { stopAt: 3 });
      expect(lastState(first).progress).toMatchObject({ epoch: 0, batch: 3, sums: { images: 24 } });
      const second = await run(engine, { resume: lastState(first) });
      expect(bitsOf(lastState(second))).toEqual(bits);
      expect(rowsOf([...first, ...second])).toEqual(rowsOf(replayed));
    },
    120_000,
  );

  it('learns: far better than one class for all pixels', async () => {
    const epochs = eventsOf(await run(await ENGINES.wasm('replay'), { epochs: 12 }), 'epoch');
    const [first, last] = [epochs[0].result, epochs.at(-1)!.result];
    expect(last.train.loss).toBeLessThan(0.75 * first.train.loss);
    // Of one class alone the mean is a tenth of its share of the pixels, which is below a half for each.
    expect(last.train.miou).toBeGreaterThan(1.5 * 0.05);
    expect(Object.keys(last.val).slice(0, 7)).toEqual([
      ...['loss', 'miou', 'accuracy', 'smallIou', 'mediumIou', 'largeIou', 'iouSky'],
    ]);
  }, 120_000);

  it('is examined: every pixel of a split is in the confusion matrix once, and the worst images are shown', async () => {
    const task = segmentation(dataset.classes);
    const examination = task.examine();
    const stream = openBatchStream(dataset.test, {
      ...{ batchSize: 8, seed: 0, augment, training: false, ahead: 0 },
    });
    let sums = task.validation.start;
    for (const index of [0, 1]) {
      const batch = await stream.batch(0, index);
      // The truth as it is, but for the last image: all sky.
      const outputs = new Float32Array(batch.masks!.length * 10);
      const isLast = (p: number): boolean => index === 1 && p >= 3 * SIZE * SIZE;
      batch.masks!.forEach((label, p) => (outputs[10 * p + (isLast(p) ? 0 : label)] = 9));
      examination.add(batch, outputs);
      sums = task.validation.add(sums, batch, outputs);
    }
    const { files, record, lines } = examination.report(task.validation.values(sums), 'test');
    expect(files.map(({ stem, ending }) => `${stem}.${ending}`)).toEqual([
      ...['iou.csv', 'pixel-confusion.csv', 'pixel-confusion.svg', 'masks.png', 'worst.png'],
    ]);
    const confusion = files.find(({ stem, ending }) => stem === 'pixel-confusion' && ending === 'csv')!;
    const cells = (confusion as { text: string }).text
      .trimEnd()
      .split('\n')
      .slice(1)
      .flatMap((line) => line.split(',').slice(1).map(Number));
    expect(cells.reduce((total, cell) => total + cell, 0)).toBe(12 * SIZE * SIZE);
    expect((record.worst as { index: number }[])[0].index).toBe(11);
    expect(lines[0]).toMatch(/^mean IoU \d+\.\d\d %, pixel accuracy \d+\.\d\d %, loss/);
  });

  it('predicts a mask, and the share of each class', () => {
    const task = segmentation(['sky', 'sea', 'ship']);
    const prediction = task.predict(Float32Array.of(3, 0, 0, 0, 2, 0, 0, 1, 0, 0, 1, 0), 5);
    expect([...prediction.mask!]).toEqual([0, 1, 1, 1]);
    expect(prediction.rows).toEqual([
      ['sea', 0.75],
      ['sky', 0.25],
    ]);
  });
});

describe('what masks cannot be trained with', () => {
  it('is a list of weights for other classes; with one for each it trains', () => {
    const weighted = (classWeights: number[]) => () => segmentation(['a', 'b'], { classWeights });
    expect(weighted([1, 2, 3])).toThrow('there are 2 classes (a, b), and weights of 3');
    expect(weighted([1, 2])).not.toThrow();
  });

  it.each([
    [{ augment: { mixup: {} } }, 'scene-masks', ['augment', 'mixup']],
    [{ augment: { cutmix: {} } }, 'scene-masks', ['augment', 'cutmix']],
    [{ train: { epochs: 1, labelSmoothing: 0.1 } }, 'scene-masks', ['train', 'labelSmoothing']],
    [{ train: { epochs: 1, classWeights: [1, 2] } }, 'scenes', ['train', 'classWeights']],
    [{ train: { epochs: 1, onlineHardPixels: { minKept: 9 } } }, 'scenes', ['train', 'onlineHardPixels']],
    [
      { train: { epochs: 1, onlineHardPixels: { minKept: 1024 } } },
      'scene-masks',
      ['train', 'onlineHardPixels', 'minKept'],
    ],
  ])('is what is of whole images, or of masks where there are none: %j', (more, name, path) => {
    const config = {
      ...{ name: 'a', data: { name, inputSize: 32 }, model: { family: 'efficientnet' } },
      ...{ train: { epochs: 1 }, ...more },
    };
    const { error } = experimentSchema.safeParse(config);
    expect(error?.issues.map((issue) => issue.path)).toEqual([path]);
  });

  it('is told by the best mean IoU where the config does not say', () => {
    const folder = new ConfigFolder();
    const write = (more: object) =>
      folder.write('a.json', {
        ...{ data: { name: 'scene-masks', inputSize: 32 }, model: { family: 'efficientnet' } },
        ...{ train: { epochs: 1 }, ...more },
      });
    const best = () => loadExperiment('a.json', { cwd: folder.path }).experiment.checkpoint.best;
    write({});
    expect(best()).toBe('val_miou');
    write({ checkpoint: { every: { epochs: 2 } } });
    expect(best()).toBe('val_miou');
    write({ checkpoint: { best: 'val_loss' } });
    expect(best()).toBe('val_loss');
    write({ data: { name: 'scenes', inputSize: 32 } });
    expect(best()).toBe('val_top1');
    folder.remove();
  });

  it('and so is a network whose maps do not double to the image', () => {
    const task = segmentation(['a', 'b']);
    const inception = modelSchema.parse({ family: 'inception-v3' });
    expect(() => designFor(task, inception, 299)).toThrow(/299 is no multiple of its stride/);
    expect(() => designFor(task, modelSchema.parse({ family: 'resnet', depth: 26 }), 70)).not.toThrow();
  });
});

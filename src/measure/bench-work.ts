import type { TrainConfig } from '../train/options.js';
import type { StepEngine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import { targetsShape, type Objective, type Prepared } from '../tasks/task.js';
import { createAverage } from '../train/ema.js';
import { createOptimizer } from '../train/optimizer.js';
import { parametersOf } from '../train/parameters.js';
import { createPredictor } from '../train/predictor.js';
import { drivesMomentum, momentumAt } from '../train/schedule.js';
import { createStepRunner } from '../train/step/runner.js';
import { stepValuesOf } from '../train/step/values.js';
import { refuseHugeBatch } from '../data/stream/refuse-huge-batch.js';
import { runFailed } from '../util/errors.js';
import { makeKey, uniformAt } from '../util/random.js';

/** Made-up images, of mean 0 and variance 1, and targets: what is computed on them takes as long as on real ones. */
export interface SyntheticBatch extends Prepared {
  readonly count: number;
}

/** Computes one batch to the end; whatever runs in the background is awaited. */
export type BenchWork = (batch: SyntheticBatch) => void | Promise<void>;

/**
 * Fed like any other rate, so a step does the same work; so small that made-up targets cannot make a model
 * diverge in the middle of a measurement, whatever rate its config trains with.
 */
const LEARNING_RATE = 1e-6;

/** `count` images of height and width `size`, a function of the seed alone. */
export function syntheticBatch(
  seed: number,
  count: number,
  size: number,
  target: Objective['target'],
): SyntheticBatch {
  refuseHugeBatch(count, size);
  const pixels = makeKey(seed, 'bench', 'pixels');
  const images = new Float32Array(count * size * size * 3);
  for (let i = 0; i < images.length; i++) images[i] = Math.sqrt(12) * (uniformAt(pixels, i) - 0.5);
  const { dtype } = target;
  const length = targetsShape(target, 1, size).reduce((product, each) => product * each, 1);
  // Shares that add up to one, and in whole numbers the first of whatever is counted.
  const targets =
    dtype === 'int32' ? new Int32Array(count * length) : new Float32Array(count * length).fill(1 / length);
  return { images, targets, count };
}

/**
 * A whole train step as training does it: the batch handed to the engine, forward, loss, gradients,
 * optimizer and average of weights.
 */
export function makeTrainStep(
  engine: StepEngine,
  model: LayersModel,
  task: Objective,
  config: TrainConfig,
  size: number,
): BenchWork {
  const parameters = parametersOf(model);
  const runner = createStepRunner(engine, {
    model,
    task,
    parameters,
    optimizer: createOptimizer(config.optimizer, parameters),
    ema: createAverage(config.ema, model),
    clipNorm: config.clipNorm,
    accumulate: config.accumulate,
    drivesMomentum: drivesMomentum(config.schedule),
    inputSize: size,
  });
  let step = 0;
  const asTask = { prepare: (batch: SyntheticBatch): Prepared => batch };
  return async (batch) => {
    const batches = config.accumulate === 1 ? [batch] : cut(batch, config.batchSize);
    const bring = batches.map((each) => () => Promise.resolve(each));
    const momentum = momentumAt(config.schedule, 0, 1);
    const moment = { step: step++, learningRate: LEARNING_RATE, momentum, done: 0 };
    const { values } = await stepValuesOf(config, asTask, bring, moment);
    const { losses } = await runner.run(values);
    // Without a finite loss the optimizer is left out, and what is measured is no train step.
    if (!losses.every(Number.isFinite)) {
      throw runFailed('E_BENCH_DIVERGED', { what: `the loss of step ${step} is not a finite number` });
    }
  };
}

/** One pass forward with the moving statistics, outputs read back. */
export function makePrediction(engine: StepEngine, model: LayersModel, size: number): BenchWork {
  const predictor = createPredictor(engine, model);
  return async ({ images, count }) => void (await predictor.outputs(images, count, size));
}

// --- internal ---

/** The images of a step in batches of so many. */
function cut({ count, images, targets }: SyntheticBatch, size: number): SyntheticBatch[] {
  const [pixels, numbers] = [images.length / count, targets.length / count];
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => {
    const [from, to] = [i * size, Math.min(count, (i + 1) * size)];
    return {
      count: to - from,
      images: images.subarray(from * pixels, to * pixels),
      targets: targets.subarray(from * numbers, to * numbers),
    };
  });
}

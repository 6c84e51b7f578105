import type { TrainConfig } from '../train/options.js';
import type { StepEngine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import { targetsShape, type Objective, type Prepared } from '../tasks/task.js';
import { createAverage } from '../train/ema.js';
import { createOptimizer } from '../train/optimizer.js';
import { learnersOf } from '../train/parameters.js';
import { createPredictor } from '../train/predictor.js';
import { drivesMomentum, momentumAt } from '../train/schedule.js';
import { createStepRunner } from '../train/step/runner.js';
import { stepValuesOf } from '../train/step/values.js';
import type { Exchange } from '../train/workers/exchange.js';
import { partOf, type Share } from '../data/stream/share.js';
import { refuseHugeBatch } from '../data/stream/refuse-huge-batch.js';
import { runFailed } from '../util/errors.js';
import { makeKey, uniformAt } from '../util/random.js';

/** Made-up images, of mean 0 and variance 1, and targets: what is computed on them takes as long as on real ones. */
export interface SyntheticBatch extends Prepared {
  readonly count: number;
}

/** Computes the batches of one step, or the one of a pass forward, to the end; whatever runs in the background is awaited. */
export type BenchWork = (batches: readonly SyntheticBatch[]) => void | Promise<void>;

/**
 * Fed like any other rate, so a step does the same work; so small that made-up targets cannot make a model
 * diverge in the middle of a measurement, whatever rate its config trains with.
 */
const LEARNING_RATE = 1e-6;

/** How images come to a worker: so many at a time, and this part of each batch. */
export interface Batching {
  readonly batchSize: number;
  /** All of it where it is not given. */
  readonly share?: Share;
}

/**
 * `count` images of height and width `size` as batches, the last with what is left. Which image is what depends on the seed
 * alone, so those of all shares together are those of one worker; the share of a few images may be none.
 */
export function syntheticBatches(
  seed: number,
  count: number,
  size: number,
  target: Objective['target'],
  { batchSize, share = { rank: 0, of: 1 } }: Batching,
): SyntheticBatch[] {
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => {
    const first = i * batchSize;
    const { from, to } = partOf(Math.min(batchSize, count - first), share);
    return syntheticBatch(seed, { from: first + from, to: first + to }, size, target);
  });
}

/**
 * A whole train step as training does it: the batch handed to the engine, forward, loss, gradients,
 * optimizer and average of weights. What is frozen is none of it.
 * @param model whose layers know how they take part in training
 * @param exchange the workers that have the other images of each batch, where there are any: all make the same steps
 */
export function makeTrainStep(
  engine: StepEngine,
  model: LayersModel,
  task: Objective,
  config: TrainConfig,
  size: number,
  exchange?: Exchange,
): BenchWork {
  const parameters = learnersOf(model);
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
    exchange,
    acrossWorkers: exchange !== undefined && config.synchronisedBatchNorm,
  });
  let step = 0;
  const asTask = { prepare: (batch: SyntheticBatch): Prepared => batch };
  return async (batches) => {
    const bring = batches.map((each) => () => Promise.resolve(each));
    const momentum = momentumAt(config.schedule, 0, 1);
    const moment = { step: step++, learningRate: LEARNING_RATE, momentum, done: 0, rank: exchange?.rank };
    const { values } = await stepValuesOf(config, asTask, bring, moment);
    const { losses, failedElsewhere } = await runner.run(values);
    // Without a finite loss the optimizer is left out, and what is measured is no train step.
    if (failedElsewhere || !losses.every(Number.isFinite)) {
      throw runFailed('E_BENCH_DIVERGED', { what: `the loss of step ${step} is not a finite number` });
    }
  };
}

/** One pass forward with the moving statistics, outputs read back. */
export function makePrediction(engine: StepEngine, model: LayersModel, size: number): BenchWork {
  const predictor = createPredictor(engine, model);
  return async ([{ images, count }]) => void (await predictor.outputs(images, count, size));
}

// --- internal ---

function syntheticBatch(
  seed: number,
  { from, to }: { readonly from: number; readonly to: number },
  size: number,
  target: Objective['target'],
): SyntheticBatch {
  const count = to - from;
  refuseHugeBatch(count, size);
  const pixels = makeKey(seed, 'bench', 'pixels');
  const each = size * size * 3;
  const images = new Float32Array(count * each);
  for (let i = 0; i < images.length; i++)
    images[i] = Math.sqrt(12) * (uniformAt(pixels, from * each + i) - 0.5);
  const { dtype } = target;
  const length = targetsShape(target, 1, size).reduce((product, extent) => product * extent, 1);
  // Shares that add up to one, and in whole numbers the first of whatever is counted.
  const targets =
    dtype === 'int32' ? new Int32Array(count * length) : new Float32Array(count * length).fill(1 / length);
  return { images, targets, count };
}

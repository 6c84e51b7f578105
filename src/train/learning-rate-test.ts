import type { TrainConfig } from './options.js';
import type { StepEngine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import type { ImageBatch, Task } from '../tasks/task.js';
import { batchesOfStep, stepsOf, type BatchSource } from './batch-source.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf } from './parameters.js';
import { createStepRunner } from './step/runner.js';
import { stepValuesOf } from './step/values.js';
import { isFinite } from './step/step.js';

/** One step of a learning-rate range test. */
export interface RangePoint {
  /** From 1. */
  readonly step: number;
  readonly learningRate: number;
  /** Mean over the batch, before the step's update. */
  readonly loss: number;
}

export interface SmoothPoint extends RangePoint {
  readonly smoothedLoss: number;
}

export interface RangeTest {
  readonly points: readonly SmoothPoint[];
  /** `diverged`: the loss rose far above its lowest, or was no number. */
  readonly end: 'done' | 'diverged' | 'interrupted';
}

export interface RangeTestOptions<B extends ImageBatch> {
  /** The one in use, on which the model lies. */
  readonly engine: StepEngine;
  readonly model: LayersModel;
  readonly task: Pick<Task<B>, 'target' | 'losses' | 'prepare'>;
  readonly config: TrainConfig;
  readonly inputSize: number;
  readonly train: BatchSource<B>;
  readonly steps: number;
  readonly from: number;
  readonly to: number;
  readonly signal?: AbortSignal;
  readonly onPoint?: (point: RangePoint) => void | Promise<void>;
}

/**
 * Trains a fresh model while the learning rate grows from step to step by the same factor, until the loss
 * explodes (Smith 2017, "Cyclical learning rates for training neural networks", section 3.3). Optimizer and
 * gradient clipping are those of the config; its schedule and average have no part.
 */
export async function testLearningRates<B extends ImageBatch>(
  options: RangeTestOptions<B>,
): Promise<RangeTest> {
  const { engine, model, task, config, inputSize, train, steps, signal } = options;
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(config.optimizer, parameters);
  const runner = createStepRunner(engine, {
    model,
    task,
    parameters,
    optimizer,
    ema: undefined,
    clipNorm: config.clipNorm,
    accumulate: config.accumulate,
    inputSize,
  });
  const stepsPerEpoch = stepsOf(train.batchesPerEpoch, config.accumulate);
  const points: RangePoint[] = [];
  const finish = (end: RangeTest['end']): RangeTest => ({ points: smooth(points), end });
  const explosion = new ExplosionWatch();
  try {
    for (let step = 0; step < steps; step++) {
      if (signal?.aborted) return finish('interrupted');
      const [epoch, index] = [Math.floor(step / stepsPerEpoch), step % stepsPerEpoch];
      const learningRate = rateAt(options, step);
      const bring = batchesOfStep(train, config.accumulate, epoch, index);
      const { values } = await stepValuesOf(config, task, bring, { step, learningRate, done: 0 });
      const result = await runner.run(values);
      if (!isFinite(result)) return finish('diverged');
      const loss = result.losses.reduce((sum, each) => sum + each, 0) / result.losses.length;
      const point = { step: step + 1, learningRate, loss };
      points.push(point);
      await options.onPoint?.(point);
      if (explosion.seenIn(loss)) return finish('diverged');
    }
    return finish('done');
  } finally {
    runner.dispose();
    optimizer.dispose();
  }
}

/** The rate of a step, from 0: the first has `from`, the last has `to`. */
export function rateAt(
  { from, to, steps }: { readonly from: number; readonly to: number; readonly steps: number },
  step: number,
): number {
  return steps === 1 ? from : from * (to / from) ** (step / (steps - 1));
}

/**
 * The rate at which the smoothed loss falls most steeply over the logarithm of the rate. Undefined where it
 * falls by no more than the noise of its batches, or too few points came before the explosion to tell.
 */
export function suggestLearningRate(points: readonly SmoothPoint[]): SmoothPoint | undefined {
  if (points.length < FEWEST_POINTS) return undefined;
  // What follows the lowest loss is the explosion.
  const lowest = points.reduce((a, b) => (b.smoothedLoss < a.smoothedLoss ? b : a));
  const falling = points.slice(0, points.indexOf(lowest) + 1);
  const highest = Math.max(...falling.map(({ smoothedLoss }) => smoothedLoss));
  if (highest - lowest.smoothedLoss <= noiseOf(falling, points.length)) return undefined;
  let steepest: SmoothPoint | undefined;
  let least = 0;
  for (let i = 1; i + 1 < falling.length; i++) {
    const [before, after] = [falling[i - 1], falling[i + 1]];
    const slope =
      (after.smoothedLoss - before.smoothedLoss) / Math.log(after.learningRate / before.learningRate);
    if (slope < least) {
      least = slope;
      steepest = falling[i];
    }
  }
  return steepest;
}

/**
 * Losses averaged over their neighbours by a Gaussian of a 25th of the test, to both sides alike: the
 * usual running average lags behind, and so finds the steepest descent at too high a rate.
 */
export function smooth(points: readonly RangePoint[]): SmoothPoint[] {
  const deviation = widthOf(points.length);
  const reach = Math.ceil(3 * deviation);
  return points.map((point, i) => {
    let sum = 0;
    let weights = 0;
    for (let j = Math.max(0, i - reach); j <= Math.min(points.length - 1, i + reach); j++) {
      const weight = Math.exp(-0.5 * ((j - i) / deviation) ** 2);
      sum += weight * points[j].loss;
      weights += weight;
    }
    return { ...point, smoothedLoss: sum / weights };
  });
}

// --- internal ---

const FEWEST_POINTS = 8;

/** Standard deviation of the smoothing Gaussian, in steps. */
function widthOf(points: number): number {
  return Math.max(1, points / 25);
}

/**
 * What two smoothed losses may differ by chance alone: three standard errors of a difference. A Gaussian of
 * deviation σ averages like the plain mean of 2√π·σ values.
 */
function noiseOf(falling: readonly SmoothPoint[], all: number): number {
  const squares = falling.reduce((sum, { loss, smoothedLoss }) => sum + (loss - smoothedLoss) ** 2, 0);
  const deviation = Math.sqrt(squares / falling.length);
  return (3 * Math.SQRT2 * deviation) / Math.sqrt(2 * Math.sqrt(Math.PI) * widthOf(all));
}

/** Tells when the loss has left for good: its running average is far above the lowest that it had. */
class ExplosionWatch {
  #count = 0;
  #average = 0;
  #lowest = Infinity;

  seenIn(loss: number): boolean {
    this.#count++;
    // A plain mean of the first losses, then an exponential one over about the last ten.
    this.#average += (loss - this.#average) / Math.min(this.#count, 10);
    this.#lowest = Math.min(this.#lowest, this.#average);
    return this.#count >= FEWEST_POINTS && this.#average > 4 * this.#lowest;
  }
}

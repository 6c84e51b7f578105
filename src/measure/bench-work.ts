import type { TrainConfig } from '../train/options.js';
import type { StepEngine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import { ExponentialMovingAverage } from '../train/ema.js';
import { createOptimizer } from '../train/optimizer.js';
import { parametersOf } from '../train/parameters.js';
import { createPredictor } from '../train/predictor.js';
import { createStepRunner } from '../train/step-runner.js';
import { softLabels } from '../train/trainer.js';
import { runFailed } from '../util/errors.js';
import { bitsAt, makeKey, uniformAt } from '../util/random.js';

/** Made-up images and labels: what is computed on them takes as long as on real ones. */
export interface SyntheticBatch {
  /** [count,size,size,3], of mean 0 and variance 1. */
  readonly images: Float32Array;
  readonly labels: Int32Array;
  readonly count: number;
}

/** Computes one batch to the end; whatever runs in the background is awaited. */
export type BenchWork = (batch: SyntheticBatch) => void | Promise<void>;

/**
 * Fed like any other rate, so a step does the same work; so small that made-up labels cannot make a model
 * diverge in the middle of a measurement, whatever rate its config trains with.
 */
const LEARNING_RATE = 1e-6;

/** `count` images of height and width `size`, a function of the seed alone. */
export function syntheticBatch(seed: number, count: number, size: number, classes: number): SyntheticBatch {
  const pixels = makeKey(seed, 'bench', 'pixels');
  const classOf = makeKey(seed, 'bench', 'labels');
  const images = new Float32Array(count * size * size * 3);
  for (let i = 0; i < images.length; i++) images[i] = Math.sqrt(12) * (uniformAt(pixels, i) - 0.5);
  const labels = Int32Array.from({ length: count }, (_, b) => (bitsAt(classOf, b) >>> 0) % classes);
  return { images, labels, count };
}

/**
 * A whole train step as training does it: the batch handed to the engine, forward, loss, gradients,
 * optimizer and average of weights.
 */
export function makeTrainStep(
  engine: StepEngine,
  model: LayersModel,
  config: TrainConfig,
  size: number,
  classes: number,
): BenchWork {
  const parameters = parametersOf(model);
  const runner = createStepRunner(engine, {
    model,
    parameters,
    optimizer: createOptimizer(config.optimizer, parameters),
    ema: config.ema === null ? undefined : new ExponentialMovingAverage(model, config.ema),
    clipNorm: config.clipNorm,
    inputSize: size,
    classes,
  });
  let step = 0;
  return async ({ images, labels, count }) => {
    const { losses } = await runner.run({
      count,
      images,
      learningRate: LEARNING_RATE,
      labels: softLabels(labels, classes, config.labelSmoothing),
      seed: makeKey(config.seed, 'step', step++),
    });
    // Without a finite loss the optimizer is left out, and what is measured is no train step.
    if (!losses.every(Number.isFinite)) {
      throw runFailed('E_BENCH_DIVERGED', { what: `the loss of step ${step} is not a finite number` });
    }
  };
}

/** One pass forward with the moving statistics, logits read back. */
export function makePrediction(engine: StepEngine, model: LayersModel, size: number): BenchWork {
  const predictor = createPredictor(engine, model);
  return async ({ images, count }) => void (await predictor.logits(images, count, size));
}

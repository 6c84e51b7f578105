import { performance } from 'node:perf_hooks';
import type { CheckpointConfig, TrainConfig } from './options.js';
import type { StepEngine } from '../engine/engine.js';
import type { LayersModel } from '../engine/tf.js';
import { countTopK } from '../metrics/top-k.js';
import { makeKey } from '../util/random.js';
import { firstNonFiniteLayer, firstNonFiniteWeight } from './divergence.js';
import { ExponentialMovingAverage } from './ema.js';
import { evaluate, type Evaluation, type EvaluationBatch, type EvaluationStream } from './evaluate.js';
import { EpochClock } from './epoch-clock.js';
import type { EpochResult, TrainListener } from './events.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf } from './parameters.js';
import { createPredictor } from './predictor.js';
import { learningRateAt, nextPlateau, toSteps } from './schedule.js';
import {
  captureState,
  EMPTY_SUMS,
  restoreState,
  startOf,
  type Progress,
  type TrainingState,
} from './state.js';
import { createStepRunner, withStepInputs } from './step-runner.js';
import { isFinite } from './step.js';

/** A training batch and how long it had to be waited for. */
export interface TrainBatch extends EvaluationBatch {
  readonly waitedMs: number;
}

export interface TrainStream {
  readonly batchesPerEpoch: number;
  batch(epoch: number, index: number): Promise<TrainBatch>;
}

export interface TrainOptions {
  /** The one in use, on which the model lies. */
  readonly engine: StepEngine;
  readonly model: LayersModel;
  readonly experiment: { readonly train: TrainConfig; readonly checkpoint: CheckpointConfig };
  readonly inputSize: number;
  readonly classes: number;
  readonly train: TrainStream;
  readonly validation: EvaluationStream;
  /** Go on from here; `source` names the file for errors. */
  readonly resume?: { readonly state: TrainingState; readonly source: string };
  readonly listener: TrainListener;
  /** When it fires, the step in progress is finished, the state saved, and training ends. */
  readonly signal?: AbortSignal;
}

/** Where and in which layer numbers stopped being finite. */
export interface Divergence {
  readonly step: number;
  readonly epoch: number;
  readonly layer: string | undefined;
}

export interface TrainOutcome {
  readonly kind: 'done' | 'plateau' | 'interrupted' | 'diverged';
  readonly progress: Progress;
  readonly divergence?: Divergence;
}

/** Trains a model as a config says. Owns no file and prints nothing: what happens goes to the listener. */
export async function train(options: TrainOptions): Promise<TrainOutcome> {
  const { engine, model, experiment, inputSize, classes, listener, signal } = options;
  const config = experiment.train;

  // --- Parts that own state -------------------------------------------------------------------
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(config.optimizer, parameters);
  const ema = config.ema === null ? undefined : new ExponentialMovingAverage(model, config.ema);
  const parts = { model, optimizer, ema };
  let progress = startOf(config.seed);
  if (options.resume) {
    restoreState(parts, options.resume.state, options.resume.source);
    progress = options.resume.state.progress;
  }
  const steps = createStepRunner(
    engine,
    { ...parts, parameters, clipNorm: config.clipNorm, inputSize, classes },
    // A plan may be a whole program; listeners get its numbers.
    ({ plannedBytes, calls, recomputes, inOrder }, batch) =>
      listener({ type: 'plan', batch, plannedBytes, calls, recomputes, inOrder }),
  );
  const predictor = createPredictor(engine, model);

  // --- Length ---------------------------------------------------------------------------------
  const stepsPerEpoch = options.train.batchesPerEpoch;
  const totalSteps = config.steps ?? config.epochs! * stepsPerEpoch;
  const extent = { stepsPerEpoch, totalSteps };
  const checkpointSteps = Math.max(1, toSteps(experiment.checkpoint.every, stepsPerEpoch));
  const save = async (name: 'last' | 'best'): Promise<void> => {
    const state = captureState(parts, progress);
    // The loss of a step can be finite and its gradient not: the next step finds out, and the last good
    // checkpoint is still there.
    if (parameters.some((parameter) => !state.tensors.get(parameter.name)!.data.every(Number.isFinite)))
      return;
    await listener({ type: 'checkpoint', name, state });
  };
  const learningRate = (step = progress.step): number =>
    learningRateAt(config.schedule, config.optimizer.learningRate, step, extent, progress.plateau);

  const diverge = async (divergence: Divergence): Promise<TrainOutcome> => {
    await listener({ type: 'divergence', divergence });
    return { kind: 'diverged', progress, divergence };
  };

  // --- Train loop -----------------------------------------------------------------------------
  try {
    const hasEnded = (): boolean =>
      // An epoch that was stopped before its validation has a batch count left, and is finished first.
      progress.batch === 0 &&
      (progress.step >= totalSteps || (config.until === 'plateau' && progress.plateau.exhausted));
    while (!hasEnded()) {
      const { epoch } = progress;
      await listener({
        type: 'epoch-start',
        epoch,
        step: progress.step,
        batches: Math.min(stepsPerEpoch, progress.batch + totalSteps - progress.step),
        batch: progress.batch,
      });
      const clock = new EpochClock();

      // Steps of the epoch
      while (progress.batch < stepsPerEpoch && progress.step < totalSteps) {
        if (signal?.aborted) {
          await save('last');
          return { kind: 'interrupted', progress };
        }
        const batch = await options.train.batch(epoch, progress.batch);
        const rate = learningRate();
        const started = performance.now();
        const seed = makeKey(config.seed, 'step', progress.step);
        const labels = softLabels(batch.labels, classes, config.labelSmoothing);
        const values = { count: batch.count, images: batch.images, labels, learningRate: rate, seed };
        const outputs = await steps.run(values);
        if (!isFinite(outputs)) {
          // Their memory is needed for looking: every layer's output is made at once.
          steps.dispose();
          predictor.dispose();
          const layer = withStepInputs(values, { inputSize, classes }, (inputs) =>
            firstNonFiniteLayer(model, inputs),
          );
          return await diverge({ step: progress.step, epoch, layer });
        }
        const [hits] = countTopK(outputs.logits, batch.labels, classes, [1]);
        const { sums } = progress;
        progress = {
          ...progress,
          batch: progress.batch + 1,
          step: progress.step + 1,
          sums: {
            images: sums.images + batch.count,
            loss: outputs.losses.reduce((sum, loss) => sum + loss, sums.loss),
            hits: sums.hits + hits,
          },
        };
        clock.count(batch.count, performance.now() - started, batch.waitedMs);
        await listener({
          type: 'step',
          epoch,
          step: progress.step,
          batch: progress.batch,
          learningRate: rate,
          loss: progress.sums.loss / progress.sums.images,
          top1: progress.sums.hits / progress.sums.images,
          imagesPerSecond: clock.imagesPerSecond,
        });
        const epochEnds = progress.batch === stepsPerEpoch || progress.step === totalSteps;
        if (progress.step % checkpointSteps === 0 && !epochEnds) await save('last');
      }

      // Validation
      const validate = (): Promise<Evaluation | undefined> =>
        evaluate(
          predictor,
          options.validation,
          inputSize,
          (_logits, _labels, done) =>
            listener({ type: 'validation', epoch, done, total: options.validation.batchesPerEpoch }),
          signal,
        );
      const validation = ema ? await ema.during(validate) : await validate();
      if (!validation) {
        // Saved as it stands before validation: a resume validates again and goes on from there.
        await save('last');
        return { kind: 'interrupted', progress };
      }

      if (!Number.isFinite(validation.loss)) {
        const layer = firstNonFiniteWeight(model);
        if (layer !== undefined) return await diverge({ step: progress.step - 1, epoch, layer });
        // Sound weights whose moving statistics lag behind: involution is quadratic in its input, so a wrong
        // scale is squared at every layer until it overflows. Training is fine, and the statistics catch up.
      }

      // The epoch's row, the schedule, and the checkpoints
      const isBest = improves(experiment.checkpoint.best, validation, progress);
      // The rate of the last step, which may have been done before a resume.
      const result = epochResult(progress, learningRate(progress.step - 1), validation, clock);
      progress = {
        ...progress,
        best: isBest
          ? { epoch: epoch + 1, value: measure(experiment.checkpoint.best, validation) }
          : progress.best,
      };
      if (config.schedule.name === 'plateau') {
        const plateau = nextPlateau(config.schedule, progress.plateau, validation.loss);
        const { reductions, exhausted } = progress.plateau;
        progress = { ...progress, plateau };
        if (plateau.reductions > reductions || (plateau.exhausted && !exhausted)) {
          await listener({
            type: 'plateau',
            epoch: epoch + 1,
            reductions: plateau.reductions,
            learningRate: learningRate(),
          });
        }
      }
      progress = { ...progress, epoch: epoch + 1, batch: 0, sums: EMPTY_SUMS };
      await listener({ type: 'epoch', result });
      if (isBest) await save('best');
      if (progress.step % checkpointSteps === 0 || hasEnded()) await save('last');
    }
    return { kind: progress.plateau.exhausted && config.until === 'plateau' ? 'plateau' : 'done', progress };
  } finally {
    steps.dispose();
    predictor.dispose();
    optimizer.dispose();
    ema?.dispose();
  }
}

// --- internal ---

/** One-hot rows, smoothed: 1 − s + s/N for the class, s/N for the others (Szegedy et al. 2016, section 7). */
export function softLabels(labels: Int32Array, classes: number, smoothing: number): Float32Array {
  const rows = new Float32Array(labels.length * classes).fill(smoothing / classes);
  labels.forEach((label, b) => (rows[b * classes + label] += 1 - smoothing));
  return rows;
}

function measure(name: 'val_top1' | 'val_loss', validation: Evaluation): number {
  return name === 'val_top1' ? validation.top1 : validation.loss;
}

function improves(name: 'val_top1' | 'val_loss', validation: Evaluation, { best }: Progress): boolean {
  const value = measure(name, validation);
  if (!Number.isFinite(value)) return false;
  if (best === null) return true;
  return name === 'val_top1' ? value > best.value : value < best.value;
}

function epochResult(
  { epoch, step, sums }: Progress,
  learningRate: number,
  validation: Evaluation,
  clock: EpochClock,
): EpochResult {
  return {
    epoch: epoch + 1,
    step,
    learningRate,
    trainLoss: sums.loss / sums.images,
    trainTop1: sums.hits / sums.images,
    valLoss: Number.isFinite(validation.loss) ? validation.loss : null,
    valTop1: validation.top1,
    valTop5: validation.top5,
    imagesPerSecond: clock.imagesPerSecond,
    dataMs: clock.meanDataMs,
    stepMs: clock.meanStepMs,
    epochSeconds: clock.seconds,
  };
}

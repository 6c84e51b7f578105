import { performance } from 'node:perf_hooks';
import type { StepEngine } from '../engine/engine.js';
import type { ProgramPlan } from '../engine/program/program.js';
import type { LayersModel } from '../engine/tf.js';
import { finiteOrNull } from '../metrics/metric.js';
import type { ImageBatch, Task } from '../tasks/task.js';
import { batchesOfStep, stepsOf, type BatchSource, type TrainSource } from './batch-source.js';
import { bestMetric } from './epoch/best.js';
import { firstNonFiniteLayer, firstNonFiniteWeight } from './divergence.js';
import { createAverage } from './ema.js';
import { EpochClock } from './epoch/epoch-clock.js';
import { endOf, judgeEpoch } from './epoch/judge-epoch.js';
import type { EpochResult, SavedCheckpoint, TrainListener } from './events.js';
import { createOptimizer } from './optimizer.js';
import type { CheckpointConfig, TrainConfig } from './options.js';
import type { Divergence, TrainOutcome } from './outcome.js';
import { learnersOf } from './parameters.js';
import { createPredictor } from './predictor.js';
import { PopulationStatistics, type Population } from './population-statistics.js';
import { toSteps } from './schedules/duration.js';
import { drivesMomentum, learningRateAt, momentumAt } from './schedule.js';
import { captureState, restoreState, startOf, type TrainingState } from './state.js';
import { withStepInputs } from './step/parts.js';
import { createStepRunner } from './step/runner.js';
import { addStep, stepValuesOf } from './step/values.js';
import { isFinite } from './step/step.js';
import { validate } from './epoch/validate.js';
import { shareDone } from '../util/over-training.js';
import type { Exchange } from './workers/exchange.js';
import { Team } from './workers/team.js';

export interface TrainOptions<B extends ImageBatch> {
  /** The one in use, on which the model lies. */
  readonly engine: StepEngine;
  readonly model: LayersModel;
  readonly task: Task<B>;
  readonly experiment: { readonly train: TrainConfig; readonly checkpoint: CheckpointConfig };
  readonly inputSize: number;
  readonly train: TrainSource<B>;
  readonly validation: BatchSource<B>;
  /** What the statistics of batch norm are measured on before each validation; none: the moving ones are used. */
  readonly population?: Population;
  /** Validate the weights as they are too, where it is their moving average that counts. */
  readonly validateRaw?: boolean;
  /** Go on from here; `source` names the file for errors. */
  readonly resume?: { readonly state: TrainingState; readonly source: string };
  readonly listener: TrainListener;
  /** When it fires, the step in progress is finished, the state saved, and training ends. */
  readonly signal?: AbortSignal;
  /**
   * The other workers of this job, where it has several: `train` has this one's share of each batch, `validation` all
   * batches, and the state to be saved is told by the first worker alone.
   */
  readonly exchange?: Exchange;
}

/** Trains a model for a task as a config says. Owns no file and prints nothing: what happens goes to the listener. */
export async function train<B extends ImageBatch>(options: TrainOptions<B>): Promise<TrainOutcome> {
  const { engine, model, task, experiment, inputSize, listener, signal, exchange } = options;
  const config = experiment.train;
  const rules = {
    ...config,
    keep: experiment.checkpoint.keep,
    best: bestMetric(task.metrics, experiment.checkpoint.best),
  };

  // --- Parts that own state -------------------------------------------------------------------
  const parameters = learnersOf(model);
  const optimizer = createOptimizer(config.optimizer, parameters);
  const ema = createAverage(config.ema, model);
  const parts = { model, optimizer, ema };
  let progress = startOf(config.seed, task.training.start);
  if (options.resume) {
    restoreState(parts, options.resume.state, options.resume.source);
    progress = options.resume.state.progress;
  }
  // A plan may be a whole program; listeners get its numbers.
  const tellPlan =
    (of?: 'statistics') =>
    ({ plannedBytes, calls, recomputes, inOrder }: ProgramPlan, batch: number): void | Promise<void> =>
      listener({ type: 'plan', ...(of && { of }), batch, plannedBytes, calls, recomputes, inOrder });
  const team = new Team(exchange, signal);
  const { clipNorm, accumulate } = config;
  const acrossWorkers = exchange !== undefined && config.synchronisedBatchNorm;
  const steps = createStepRunner(
    engine,
    {
      ...{ ...parts, task, parameters, clipNorm, accumulate, inputSize, exchange, acrossWorkers },
      drivesMomentum: drivesMomentum(config.schedule),
    },
    tellPlan(),
  );
  const predictor = createPredictor(engine, model);
  const statistics =
    options.population &&
    new PopulationStatistics({
      ...{ engine, model, inputSize, population: options.population },
      onPlan: tellPlan('statistics'),
    });
  const measuring = { predictor, task, source: options.validation, inputSize, exchange, listener };
  const validating = { ...measuring, statistics, ema };
  // The weights and their statistics as training has them.
  const asTheyAre = { ...measuring, ema: undefined, statistics: undefined };

  // --- Length ---------------------------------------------------------------------------------
  const stepsPerEpoch = stepsOf(options.train.batchesPerEpoch, config.accumulate);
  const totalSteps = config.steps ?? config.epochs! * stepsPerEpoch;
  const extent = { stepsPerEpoch, totalSteps };
  const checkpointSteps = Math.max(1, toSteps(experiment.checkpoint.every, stepsPerEpoch));
  const save = async (name: SavedCheckpoint): Promise<void> => {
    if (team.rank > 0) return;
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
    await team.refuseDifference(() => captureState(parts, progress), 'at the start');
    const ending = () => endOf(progress, config.until, totalSteps);
    while (ending() === undefined) {
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
        if (team.isStopped) {
          await save('last');
          return { kind: 'interrupted', progress };
        }
        const bring = batchesOfStep(options.train, config.accumulate, epoch, progress.batch);
        const rate = learningRate();
        const started = performance.now();
        const done = shareDone(progress.step, totalSteps);
        const momentum = momentumAt(config.schedule, progress.step, totalSteps);
        const moment = { step: progress.step, learningRate: rate, momentum, done, rank: team.rank };
        const { values, taken } = await stepValuesOf(config, task, bring, moment);
        const result = await steps.run(values);
        if (!isFinite(result) || result.failedElsewhere) {
          // Their memory is needed for looking: every layer's output is made at once.
          steps.dispose();
          predictor.dispose();
          statistics?.dispose();
          const look = (): string | undefined =>
            withStepInputs(result.failed ?? values, { model, task, ema }, (inputs) =>
              firstNonFiniteLayer(model, inputs),
            );
          const layer = await team.first(isFinite(result) ? undefined : look());
          return await diverge({ step: progress.step, epoch, layer });
        }
        const batches = taken.map(({ batch }) => batch);
        const own = batches.reduce((sum, { count }) => sum + count, 0);
        const { sums, images } = await team.addStep(progress.sums, task.training.start, own, (before) =>
          addStep(task.training, before, taken, result),
        );
        progress = { ...progress, batch: progress.batch + 1, step: progress.step + 1, sums };
        clock.count(batches, performance.now() - started, images);
        await listener({
          type: 'step',
          epoch,
          step: progress.step,
          batch: progress.batch,
          learningRate: rate,
          metrics: task.training.values(progress.sums),
          imagesPerSecond: clock.imagesPerSecond,
        });
        const epochEnds = progress.batch === stepsPerEpoch || progress.step === totalSteps;
        if (progress.step % checkpointSteps === 0 && !epochEnds) await save('last');
      }

      // Validation
      const validation = await validate(epoch, validating, signal);
      const raw = validation && options.validateRaw ? await validate(epoch, asTheyAre, signal) : undefined;
      if (!validation || (options.validateRaw && !raw)) {
        // Saved as it stands before validation: a resume validates again and goes on from there.
        await save('last');
        return { kind: 'interrupted', progress };
      }

      if (!Number.isFinite(validation.values.loss)) {
        const layer = firstNonFiniteWeight(model);
        if (layer !== undefined) return await diverge({ step: progress.step - 1, epoch, layer });
        // Sound weights whose moving statistics lag behind: involution is quadratic in its input, so a wrong
        // scale is squared at every layer until it overflows. Training is fine, and the statistics catch up.
      }

      await team.refuseDifference(() => captureState(parts, progress), `after epoch ${epoch + 1}`);

      // The epoch's row, the schedule, and the checkpoints
      const result: EpochResult = {
        epoch: epoch + 1,
        step: progress.step,
        // The rate of the last step, which may have been done before a resume.
        learningRate: learningRate(progress.step - 1),
        train: task.training.values(progress.sums),
        val: finiteOrNull(validation.values),
        ...(raw && { valRaw: finiteOrNull(raw.values) }),
        imagesPerSecond: clock.imagesPerSecond,
        dataMs: clock.meanDataMs,
        stepMs: clock.meanStepMs,
        epochSeconds: clock.seconds,
      };
      const { isBest, isKept, onPlateau, progress: judged } = judgeEpoch(progress, validation.values, rules);
      progress = judged;
      if (onPlateau) {
        const { reductions } = progress.plateau;
        await listener({ type: 'plateau', epoch: epoch + 1, reductions, learningRate: learningRate() });
      }
      progress = { ...progress, epoch: epoch + 1, batch: 0, sums: task.training.start };
      await listener({ type: 'epoch', result });
      if (isBest) await save('best');
      if (isKept) await save(`epoch-${epoch + 1}`);
      if (progress.step % checkpointSteps === 0 || ending() !== undefined) await save('last');
    }
    return { kind: ending()!, progress };
  } finally {
    steps.dispose();
    predictor.dispose();
    statistics?.dispose();
    optimizer.dispose();
    ema?.dispose();
  }
}

import { existsSync } from 'node:fs';
import { resolvedYaml } from '../../config/load.js';
import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import type { Engine, EngineName } from '../../engine/engine.js';
import { writeCurves } from '../../runs/curves.js';
import { describeEnvironment } from '../../runs/environment.js';
import { lockFolder } from '../../runs/lock.js';
import { createRun, isRun, openRunForReading, resumeRun, type Run } from '../../runs/run-folder.js';
import { runPaths } from '../../runs/run-paths.js';
import { fromStored, toStored } from '../../train/checkpoint-tensors.js';
import type { EpochResult, TrainEvent, TrainListener } from '../../train/events.js';
import type { TrainingState } from '../../train/state.js';
import type { TrainOutcome } from '../../train/trainer.js';
import { badInput } from '../../util/errors.js';
import type { ModelCost } from '../cost/model-cost.js';
import { recordedEngine, refuseOtherConfig, refuseOtherData, resumeWarning } from './resume-rules.js';
import type { BestScore } from './score.js';
import { logForTensorboard } from './tensorboard-log.js';

/** What `summary.json` says of a run. */
export interface RunSummary {
  readonly name: string;
  readonly seed: number;
  readonly outcome: TrainOutcome['kind'];
  readonly epochs: number;
  readonly steps: number;
  readonly final: EpochResult | null;
  readonly best: (BestScore & { readonly epoch: number }) | null;
  readonly parameters: number;
  readonly macs: number;
  readonly engine: string;
  /** Of all epochs, those before a resume too. */
  readonly seconds: number;
  readonly peakMemoryMb: number;
  readonly divergence?: TrainOutcome['divergence'];
}

interface Begin {
  readonly engine: Engine;
  readonly dataset: Dataset;
  readonly cost: ModelCost;
}

/** Writes down what happens in a run. */
export interface TrainingSession {
  readonly resume:
    | {
        readonly state: TrainingState;
        readonly source: string;
        readonly step: number;
        /** What the user should know where numbers will not come out as if the run had never stopped. */
        readonly warning: string | undefined;
      }
    | undefined;
  record(event: TrainEvent): Promise<void>;
  interrupted(outcome: TrainOutcome, signal: string): Promise<void>;
  finish(outcome: TrainOutcome, best?: BestScore): Promise<RunSummary>;
}

export type TrainingRun =
  | { readonly kind: 'finished' }
  | {
      readonly kind: 'open';
      readonly dir: string;
      /** The folder as the user would type it. */
      readonly shown: string;
      readonly experiment: Experiment;
      /** The engine the run was recorded on, for a resume. */
      readonly engine: { readonly name?: EngineName; readonly threads?: number };
      begin(parts: Begin): Promise<TrainingSession>;
      close(): Promise<void>;
    };

export interface TrainingRunOptions {
  readonly dir: string;
  readonly shown: string;
  readonly experiment: Experiment;
  readonly options: { readonly resume?: boolean; readonly engine?: unknown; readonly threads?: unknown };
}

/**
 * Finds out what is to be done in a run folder: start, go on, or nothing. Nothing is written before
 * `begin`, when data and engine are known to be there; but an existing folder is refused at once.
 */
export async function openTrainingRun({
  dir,
  shown,
  experiment,
  options,
}: TrainingRunOptions): Promise<TrainingRun> {
  const started = await isRun(dir);
  let run: Run | undefined;
  const open = (
    engine: { name?: EngineName; threads?: number },
    begin: (parts: Begin) => Promise<TrainingSession>,
  ): TrainingRun => ({
    kind: 'open',
    dir,
    shown,
    experiment,
    engine,
    begin,
    close: async () => await run?.close(),
  });

  if (!options.resume || !started) {
    if (!options.resume && existsSync(dir)) throw exists(shown);
    return open({}, async (parts) => {
      run = await createRun({
        dir,
        config: resolvedYaml(experiment),
        environment: environmentOf(experiment, parts),
        reuseUnstarted: options.resume === true,
      });
      run.event('start', { engine: parts.engine.description });
      const log = logForTensorboard(dir, experiment, parts.dataset);
      return new Session(run, experiment, parts, log, undefined);
    });
  }

  // A run that another process writes is refused now, before data and engine are loaded.
  await (await lockFolder(dir)).release();
  const record = await openRunForReading(dir);
  refuseOtherConfig(record, experiment, shown);
  if (record.summary?.outcome === 'done' || record.summary?.outcome === 'plateau')
    return { kind: 'finished' };
  return open(recordedEngine(record, options), async (parts) => {
    refuseOtherData(record, parts.dataset, shown);
    run = await resumeRun({ dir, environment: environmentOf(experiment, parts) });
    const source = runPaths(shown).checkpoint('last');
    const file = await run.loadCheckpoint('last');
    const state = file && fromStored(file, source);
    const step = state?.progress.step ?? 0;
    await run.truncateMetrics(step);
    const warning = resumeWarning(record, parts.engine);
    const exact = warning === undefined;
    run.event('resume', { step, engine: parts.engine.description, exact });
    const log = logForTensorboard(dir, experiment, parts.dataset, step);
    return new Session(run, experiment, parts, log, state && { state, source, step, warning });
  });
}

// --- internal ---

class Session implements TrainingSession {
  #last: EpochResult | null = null;

  constructor(
    private readonly run: Run,
    private readonly experiment: Experiment,
    private readonly parts: Begin,
    private readonly log: TrainListener | undefined,
    readonly resume: TrainingSession['resume'],
  ) {}

  async record(event: TrainEvent): Promise<void> {
    const { run } = this;
    await this.log?.(event);
    switch (event.type) {
      case 'epoch':
        this.#last = event.result;
        await run.appendMetrics(toRow(event.result));
        run.event('epoch', event.result);
        break;
      case 'checkpoint':
        await run.saveCheckpoint(event.name, toStored(event.state));
        run.event('checkpoint', { name: event.name, step: event.state.progress.step });
        break;
      case 'plateau':
        run.event('plateau', {
          epoch: event.epoch,
          reductions: event.reductions,
          learningRate: event.learningRate,
        });
        break;
      case 'divergence':
        run.event('divergence', event.divergence);
        break;
      case 'plan':
        run.event('plan', { batch: event.batch, plannedBytes: event.plannedBytes });
        break;
      case 'epoch-start':
      case 'step':
      case 'validation':
        // Too frequent for a durable log; metrics.csv has their sums.
        break;
    }
  }

  async interrupted({ progress }: TrainOutcome, signal: string): Promise<void> {
    this.run.event('interrupt', { signal, step: progress.step });
    await this.#curves();
  }

  async finish(outcome: TrainOutcome, best?: BestScore): Promise<RunSummary> {
    const { experiment, parts, run } = this;
    const { progress } = outcome;
    const { metrics } = await openRunForReading(run.dir);
    const summary: RunSummary = {
      name: experiment.name,
      seed: experiment.train.seed,
      outcome: outcome.kind,
      epochs: progress.epoch,
      steps: progress.step,
      final: this.#last,
      best: best && progress.best ? { epoch: progress.best.epoch, ...best } : null,
      parameters: parts.cost.params.trainable,
      macs: parts.cost.macs,
      engine: parts.engine.description,
      seconds: metrics.reduce((sum, row) => sum + row.epoch_seconds, 0),
      peakMemoryMb: peakMemoryMb(),
      ...(outcome.divergence ? { divergence: outcome.divergence } : {}),
    };
    await this.#curves();
    await run.writeSummary(summary);
    run.event('end', { outcome: outcome.kind, step: progress.step });
    return summary;
  }

  async #curves(): Promise<void> {
    const { metrics } = await openRunForReading(this.run.dir);
    if (metrics.length > 0) await writeCurves(this.run.dir, metrics, this.experiment.name);
  }
}

function toRow(result: EpochResult) {
  return {
    epoch: result.epoch,
    step: result.step,
    learning_rate: result.learningRate,
    train_loss: result.trainLoss,
    train_top1: result.trainTop1,
    val_loss: result.valLoss,
    val_top1: result.valTop1,
    val_top5: result.valTop5,
    images_per_second: result.imagesPerSecond,
    data_ms: result.dataMs,
    step_ms: result.stepMs,
    epoch_seconds: result.epochSeconds,
    peak_memory_mb: peakMemoryMb(),
  };
}

/** The most memory the process has held, in MB (10⁶ bytes). */
function peakMemoryMb(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}

function environmentOf(experiment: Experiment, { engine, dataset }: Begin): object {
  const { train, validation, classes } = dataset;
  const environment = describeEnvironment({
    engine: {
      ...{ name: engine.name, mode: engine.mode, description: engine.description },
      ...engine.environment,
    },
    device: engine.device,
    threads: engine.threads,
    seed: experiment.train.seed,
    data: {
      name: dataset.name,
      fingerprint: dataset.fingerprint,
      counts: { train: train.count, validation: validation.count },
    },
  });
  // What the model's outputs mean, for those who have the run but not the data.
  return { ...environment, classes };
}

function exists(shown: string): Error {
  return badInput('E_RUN_EXISTS', {
    what: `the run folder ${shown} exists`,
    where: shown,
    try: '--resume to go on with it, --seed N or --out DIR for another run',
  });
}

import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import type { Engine } from '../../engine/engine.js';
import type { LayersModel } from '../../engine/tf.js';
import { byKey, type MetricValues, type TaskMetrics } from '../../metrics/metric.js';
import type { Environment } from '../../runs/record/environment.js';
import { readMetrics } from '../../runs/record/metrics-csv.js';
import type { EpochFields } from '../../runs/record/epoch.js';
import type { RunSummary } from '../../runs/record/summary.js';
import type { Run } from '../../runs/run-folder.js';
import { runPaths } from '../../runs/run-paths.js';
import { toStored } from '../../train/checkpoint-tensors.js';
import type { TrainEvent, TrainListener } from '../../train/events.js';
import type { TrainingState } from '../../train/state.js';
import type { TrainOutcome } from '../../train/outcome.js';
import { epochFields, epochRow, fieldsOfRow } from './epoch-record.js';
import type { ModelCost } from '../cost/model-cost.js';
import type { StartRecord } from '../weights/start-from.js';
import type { AveragedScore } from './score.js';
import { writeCurves } from './run-curves.js';

/** What is there when training begins. */
export interface Begin {
  readonly engine: Engine;
  readonly model: LayersModel;
  readonly dataset: Dataset;
  /** What is measured. */
  readonly metrics: TaskMetrics;
  readonly cost: ModelCost;
  /** Who shares the batches; absent where it is this process alone. */
  readonly workers?: Environment['workers'];
  /** The MPI through which they exchange. */
  readonly mpi?: Environment['mpi'];
  /** Weights that were put into the model; undefined: they are those of the seed, or of the run's checkpoint. */
  readonly startedFrom?: StartRecord;
}

/** Writes down what happens in a run. */
export interface TrainingSession {
  readonly resume:
    | {
        readonly state: TrainingState;
        readonly source: string;
        readonly step: number;
      }
    | undefined;
  /** What the user should know of the folder, and where numbers will not come out as if the run had never stopped. */
  readonly notes: readonly string[];
  record(event: TrainEvent): Promise<void>;
  interrupted(outcome: TrainOutcome, signal: string): Promise<void>;
  /**
   * @param best what the best weights do on validation
   * @param averaged what the mean of the kept ones does, and of which epochs they are
   */
  finish(outcome: TrainOutcome, best?: MetricValues, averaged?: AveragedScore): Promise<RunSummary>;
}

/** Writes what happens in a run into its folder. */
export class RunRecorder implements TrainingSession {
  #last: EpochFields | null = null;

  constructor(
    private readonly run: Run,
    private readonly experiment: Experiment,
    private readonly parts: Begin,
    private readonly log: TrainListener | undefined,
    readonly resume: TrainingSession['resume'],
    readonly notes: readonly string[],
  ) {}

  async record(event: TrainEvent): Promise<void> {
    const { run } = this;
    await this.log?.(event);
    switch (event.type) {
      case 'epoch': {
        this.#last = epochFields(event.result);
        const peak = peakMemoryMb();
        await run.appendMetrics(epochRow(event.result, peak));
        // With all that the row has, so that a row that is lost can be put back.
        run.event('epoch', { ...this.#last, peakMemoryMb: peak });
        break;
      }
      case 'checkpoint': {
        const { name, state } = event;
        const { step, kept } = state.progress;
        await run.saveCheckpoint(name, toStored(state));
        run.event('checkpoint', { name, step });
        // No sooner: until `last` knows of a better epoch, a resume goes on with those before.
        if (name === 'last' && kept) await run.keepEpochs(kept.map(({ epoch }) => epoch));
        break;
      }
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
        run.event('plan', { of: event.of, batch: event.batch, plannedBytes: event.plannedBytes });
        break;
      case 'epoch-start':
      case 'step':
      case 'validation':
        // Too frequent for a durable log; metrics.csv has their sums.
        break;
    }
  }

  async interrupted({ progress }: TrainOutcome, signal: string): Promise<void> {
    const { experiment, parts, run } = this;
    run.event('interrupt', { signal, step: progress.step });
    await writeCurves(run.dir, parts.metrics, experiment.name);
  }

  async finish(outcome: TrainOutcome, best?: MetricValues, averaged?: AveragedScore): Promise<RunSummary> {
    const { experiment, parts, run } = this;
    const { progress } = outcome;
    const rows = await readMetrics(runPaths(run.dir).metrics);
    const lastRow = rows.at(-1);
    const summary: RunSummary = {
      name: experiment.name,
      seed: experiment.train.seed,
      outcome: outcome.kind,
      epochs: progress.epoch,
      steps: progress.step,
      // A process that goes on with a run of which all epochs are done has seen none itself.
      final: this.#last ?? (lastRow ? fieldsOfRow(lastRow, parts.metrics) : null),
      best: best && progress.best ? { epoch: progress.best.epoch, ...byKey('val', best) } : null,
      averaged: averaged && { epochs: [...averaged.epochs], ...byKey('val', averaged.values) },
      parameters: parts.cost.params.trainable,
      macs: parts.cost.macs,
      engine: parts.engine.description,
      seconds: rows.reduce((sum, row) => sum + row.epoch_seconds, 0),
      peakMemoryMb: peakMemoryMb(),
      divergence: outcome.divergence,
    };
    await writeCurves(run.dir, parts.metrics, experiment.name);
    await run.writeSummary(summary);
    run.event('end', { outcome: outcome.kind, step: progress.step });
    return summary;
  }
}

/** The most memory the process has held, in MB (10⁶ bytes). */
function peakMemoryMb(): number {
  return (process.resourceUsage().maxRSS * 1024) / 1e6;
}

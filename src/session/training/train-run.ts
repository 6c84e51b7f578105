import { existsSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { pathText } from '../../config/located.js';
import { oddities } from '../../config/oddities/oddities.js';
import type { Experiment } from '../../config/schema.js';
import type { Dataset } from '../../data/dataset.js';
import type { TrainEvent } from '../../train/events.js';
import type { TrainOutcome } from '../../train/outcome.js';
import { validatesRaw } from '../../train/ema-options.js';
import { train } from '../../train/trainer.js';
import { runFailed, toldNotes } from '../../util/errors.js';
import type { Interruption } from '../../util/interruption.js';
import type { MetricValues, TaskMetrics } from '../../metrics/metric.js';
import type { RunSummary } from '../../runs/record/summary.js';
import { runPaths } from '../../runs/run-paths.js';
import type { MpiJob } from '../workers/mpi/job.js';
import type { Workers } from '../workers/workers.js';
import { sharedEngine, workersOf } from './job-workers.js';
import { openStreams } from './streams.js';
import { loadingNote } from './loading-note.js';
import { memoryNote } from './memory-note.js';
import { costOf, type ModelCost } from '../cost/model-cost.js';
import { openExperiment, type OpenExperiment } from '../open-experiment.js';
import { freshWeights } from './fresh-weights.js';
import { readStart, startNotes, type StartRecord } from '../weights/start-from.js';
import { refuseOtherWeights } from './resume-rules.js';
import { scoreAveraged, scoreBest } from './score.js';
import { openTrainingRun, type TrainingRun } from './training-run.js';

/** What is known when training begins. */
export interface Beginning {
  readonly engine: string;
  readonly dataset: Dataset;
  readonly metrics: TaskMetrics;
  readonly cost: ModelCost;
  /** The run folder as the user would type it. */
  readonly dir: string;
  /** The step that a stopped run goes on from. */
  readonly resumedAt: number | undefined;
  /** Processes that share the batches, and the threads of each; absent where there is one. */
  readonly workers?: { readonly count: number; readonly threads: number };
}

/** Hears what happens in a run. */
export interface RunListener {
  note(text: string): void;
  dataProgress(done: number, total: number): void;
  begin(beginning: Beginning): void;
  show(event: TrainEvent): void;
}

export interface RunRequest {
  readonly cwd: string;
  /** The run folder, absolute, and as the user would type it. */
  readonly dir: string;
  readonly shown: string;
  /** What the command line says; a resumed run keeps its engine and threads where they are not given. */
  readonly flags: {
    readonly resume?: boolean;
    readonly smoke?: boolean;
    readonly engine?: string;
    readonly threads?: number;
    readonly workers?: number;
  };
  readonly listener: RunListener;
  readonly interruption: Interruption;
  /** The processes that MPI has started to share the run, this one included. */
  readonly job?: MpiJob;
}

/** How a call ended: `finished` says that there was nothing to do. */
export type RunResult =
  | { readonly kind: 'finished'; readonly notes: readonly string[] }
  | {
      readonly kind: 'interrupted';
      /** Whether training had begun, so that its state is in the run folder; before, nothing is written. */
      readonly begun: boolean;
    }
  | {
      readonly kind: 'done';
      readonly summary: RunSummary;
      /** What the best weights do on validation. */
      readonly best: MetricValues | undefined;
    };

/**
 * Trains an experiment into its run folder, from the start or from where it was stopped, and measures its best weights.
 * @throws InvolveError: 1 where the loss is no finite number, 2 for a folder that is taken and for bad data, 3 where this
 * machine lacks something
 */
export async function trainRun(experiment: Experiment, request: RunRequest): Promise<RunResult> {
  const { cwd, dir, shown, flags, listener, interruption, job } = request;
  const folder = await openTrainingRun({ dir, shown, experiment, options: flags });
  if (folder.kind === 'finished') return folder;
  let opened: OpenExperiment | undefined;
  let workers: Workers | undefined;
  try {
    // A run that goes on has its weights in its own folder.
    const start = folder.goesOn ? undefined : await readStart(folder.experiment, cwd);
    let started = performance.now();
    opened = await openExperiment(folder.experiment, {
      cwd,
      splits: ['train', 'validation'],
      engine: sharedEngine(folder.experiment, folder.engine, job),
      onDecode: (done, total) => {
        listener.dataProgress(done, total);
        // Images are decoded once: the other workers find them.
        started = performance.now();
      },
      signal: interruption.signal,
      onNote: (text) => listener.note(text),
    });
    const record = start?.into(opened.model, opened.design, opened.dataset.classes);
    refuseOtherWeights(folder.startedFrom, record, shown);
    workers = await workersOf(opened, {
      ...{ cwd, signal: interruption.signal, onNote: (text) => listener.note(text), job },
      openSeconds: (performance.now() - started) / 1000,
    });
    return await trainInto(folder, opened, workers, request, record);
  } catch (error) {
    if (interruption.signal.aborted && error === interruption.signal.reason)
      return { kind: 'interrupted', begun: false };
    throw error;
  } finally {
    workers?.close();
    await opened?.close();
    await folder.close();
  }
}

// --- internal ---

async function trainInto(
  folder: Extract<TrainingRun, { kind: 'open' }>,
  opened: OpenExperiment,
  workers: Workers | undefined,
  { flags, listener, interruption, shown, job }: RunRequest,
  startedFrom: StartRecord | undefined,
): Promise<RunResult> {
  const { experiment, task, dataset, engine, model, net } = opened;
  const { data, train: config } = experiment;
  const { batchSize } = config;
  const classes = dataset.classes.length;
  const cost = costOf(net, experiment, classes, batchSize);
  const { metrics } = task;
  const session = await folder.begin({
    engine,
    model,
    dataset,
    metrics,
    cost,
    startedFrom,
    workers: workers?.record,
    mpi: job?.version,
  });
  const resumedAt = session.resume?.step;
  const shared = workers && { count: workers.record.length, threads: engine.threads };
  listener.begin({
    engine: engine.description,
    dataset,
    metrics,
    cost,
    dir: shown,
    resumedAt,
    workers: shared,
  });
  for (const note of engine.notes ?? []) listener.note(note);
  for (const note of session.notes) listener.note(note);
  for (const note of startedFrom ? startNotes(startedFrom) : []) listener.note(note);
  if (flags.smoke !== true) for (const note of oddNotes(experiment, dataset.train.count)) listener.note(note);

  const streams = await openStreams(experiment, dataset, workers?.exchange);
  const { train: trainStream, validation, population } = streams;
  let epochs = 0;
  try {
    const state = session.resume?.state;
    await workers?.begin(state && { dir: folder.dir, progress: state.progress });
    if (state === undefined && startedFrom === undefined) await freshWeights(opened, undefined);
    const outcome = await train({
      engine,
      model,
      task,
      experiment,
      inputSize: data.inputSize,
      train: trainStream,
      validation,
      population,
      validateRaw: validatesRaw(config.ema),
      resume: session.resume,
      signal: interruption.signal,
      exchange: workers?.exchange,
      listener: async (event) => {
        await session.record(event);
        listener.show(event);
        const note = event.type === 'plan' ? memoryNote(engine, model, config, event) : undefined;
        if (note !== undefined) listener.note(note);
        // Once: the first epoch of this call says what the others will be like.
        const late =
          event.type === 'epoch' && epochs++ === 0
            ? loadingNote(event.result, trainStream.workload)
            : undefined;
        if (late !== undefined) listener.note(late);
        // Gives signals a turn: a step is one long synchronous computation.
        await new Promise(setImmediate);
      },
    });
    await workers?.leave();
    if (outcome.kind === 'interrupted') {
      await session.interrupted(outcome, interruption.name ?? 'SIGINT');
      return { kind: 'interrupted', begun: true };
    }
    if (outcome.kind === 'diverged') {
      await session.finish(outcome);
      throw diverged(outcome.divergence!, shown, existsSync(runPaths(folder.dir).checkpoint('last')));
    }
    const split = { engine, model, task, source: validation, inputSize: data.inputSize };
    const best = await scoreBest(folder.dir, split);
    const averaged = await scoreAveraged(folder.dir, outcome.progress, split, population);
    return { kind: 'done', summary: await session.finish(outcome, best, averaged), best };
  } finally {
    await streams.close();
  }
}

/** What is odd now that the number of images is known, and could not be told when the config was read. */
function oddNotes(experiment: Experiment, images: number): string[] {
  const told = new Set(oddities(experiment).map(({ path }) => pathText(path)));
  return toldNotes(
    oddities(experiment, images)
      .map(({ path, text }) => ({ place: pathText(path), text }))
      .filter(({ place }) => !told.has(place))
      .map(({ place, text }) => `${place}: ${text}`),
  );
}

function diverged(
  { step, epoch, layer }: NonNullable<TrainOutcome['divergence']>,
  shown: string,
  isSaved: boolean,
): Error {
  const kept = isSaved ? '; the last good checkpoint is kept' : '; nothing was saved before';
  const where = layer === undefined ? 'the validation loss' : `layer ${layer}`;
  return runFailed('E_DIVERGED', {
    what: `the loss is not a finite number at step ${step + 1} (epoch ${epoch + 1}); first in ${where}`,
    where: shown,
    try: 'a lower train.optimizer.learningRate, a warm-up (train.schedule.warmUp), or train.clipNorm' + kept,
  });
}

import { existsSync } from 'node:fs';
import { formerNote } from '../../config/former-meanings.js';
import { resolvedYaml } from '../../config/load.js';
import { asRunBegan } from '../../config/run-experiment.js';
import type { Experiment } from '../../config/schema.js';
import type { EngineName } from '../../engine/engine.js';
import { environmentOf } from './environment-of.js';
import { lockFolder } from '../../runs/lock.js';
import {
  createRun,
  isRun,
  isUnstarted,
  openRunForReading,
  resumeRun,
  runExists,
  type Run,
} from '../../runs/run-folder.js';
import { runPaths } from '../../runs/run-paths.js';
import {
  recordedEngine,
  withRecordedWorkers,
  refuseOtherConfig,
  refuseOtherData,
  resumeWarning,
  refuseOtherMetrics,
} from './resume-rules.js';
import { reachedEnd } from '../../runs/record/summary.js';
import { mendFinishedRun } from './finished-run.js';
import { RunRecorder, type Begin, type TrainingSession } from './run-recorder.js';
import { standingOf, type Standing } from './standing.js';
import { logForTensorboard } from './tensorboard-log.js';

export type TrainingRun =
  /** `notes`: what was put right in the folder, and what is gone. */
  | { readonly kind: 'finished'; readonly notes: readonly string[] }
  | {
      readonly kind: 'open';
      readonly dir: string;
      /** The folder as the user would type it. */
      readonly shown: string;
      readonly experiment: Experiment;
      /** Whether its weights are in its folder already. */
      readonly goesOn: boolean;
      /** The weights that it started from before, by their checksum. */
      readonly startedFrom: { readonly weights: string; readonly sha256: string } | undefined;
      /** The engine the run was recorded on, for a resume. */
      readonly engine: { readonly name?: EngineName; readonly threads?: number };
      begin(parts: Begin): Promise<TrainingSession>;
      close(): Promise<void>;
    };

export interface TrainingRunOptions {
  readonly dir: string;
  readonly shown: string;
  readonly experiment: Experiment;
  readonly options: {
    readonly resume?: boolean;
    readonly engine?: unknown;
    readonly threads?: unknown;
    readonly workers?: number;
  };
}

/**
 * Finds out what is to be done in a run folder: start, go on, or nothing. Nothing is written before
 * `begin`, when data and engine are known to be there; but an existing folder is refused at once.
 */
export async function openTrainingRun({
  dir,
  shown,
  experiment: asked,
  options,
}: TrainingRunOptions): Promise<TrainingRun> {
  const started = await isRun(dir);
  let experiment = asked;
  let run: Run | undefined;
  const open = (
    { goesOn, startedFrom }: Pick<Extract<TrainingRun, { kind: 'open' }>, 'goesOn' | 'startedFrom'>,
    engine: { name?: EngineName; threads?: number },
    experiment: Experiment,
    begin: (parts: Begin) => Promise<TrainingSession>,
  ): TrainingRun => ({
    kind: 'open',
    dir,
    shown,
    experiment,
    goesOn,
    startedFrom,
    engine,
    begin,
    close: async () => await run?.close(),
  });

  if (!options.resume || !started) {
    const canStart = !existsSync(dir) || (options.resume === true && (await isUnstarted(dir)));
    if (!canStart) throw await runExists(dir, shown);
    return open({ goesOn: false, startedFrom: undefined }, {}, experiment, async (parts) => {
      run = await createRun({
        dir,
        config: resolvedYaml(experiment),
        environment: environmentOf(experiment, parts),
        reuseUnstarted: options.resume === true,
      });
      run.event('start', { engine: parts.engine.description });
      const log = logForTensorboard(dir, experiment, parts.dataset);
      return new RunRecorder(run, experiment, parts, log, undefined, []);
    });
  }

  // A run that another process writes is refused now, before data and engine are loaded.
  await (await lockFolder(dir)).release();
  const record = await openRunForReading(dir);
  const began = asRunBegan(dir, asked);
  experiment = began.experiment;
  refuseOtherConfig(record, experiment, shown);
  if (reachedEnd(record.summary)) return { kind: 'finished', notes: await mendFinishedRun(record, shown) };
  const again = withRecordedWorkers(record, experiment, options);
  const before = {
    goesOn: existsSync(runPaths(dir).checkpoint('last')),
    startedFrom: record.environment.startedFrom,
  };
  return open(before, recordedEngine(record, options, again.train.workers), again, async (parts) => {
    // Everything is looked at before anything is changed: a resume that is refused leaves the folder as it was.
    let standing: Standing | undefined;
    run = await resumeRun({
      dir,
      environment: environmentOf(experiment, parts),
      async check() {
        const now = await openRunForReading(dir);
        refuseOtherData(now, parts.dataset, shown);
        refuseOtherMetrics(now, parts.metrics, shown);
        const { model, metrics } = parts;
        standing = await standingOf(now, { model, experiment, metrics }, shown);
      },
    });
    const { state, lost, notes } = standing!;
    const { step, epoch } = state?.progress ?? { step: 0, epoch: 0 };
    await run.restoreMetrics(epoch, lost);
    const kept = state?.progress.kept;
    if (kept) await run.keepEpochs(kept.map((each) => each.epoch));
    const warning = resumeWarning(record, parts.engine, again.train.workers);
    const exact = warning === undefined;
    run.event('resume', { step, engine: parts.engine.description, exact });
    const log = logForTensorboard(dir, experiment, parts.dataset, step);
    const source = runPaths(shown).checkpoint('last');
    const meanings = began.former.map((each) => formerNote(shown, each));
    const told = [...meanings, ...notes, ...(warning === undefined ? [] : [warning])];
    return new RunRecorder(run, experiment, parts, log, state && { state, source, step }, told);
  });
}

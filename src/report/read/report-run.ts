import { basename, dirname, isAbsolute } from 'node:path';
import { loadRunExperiment } from '../../config/run-experiment.js';
import type { Experiment } from '../../config/schema.js';
import type { ClassScores } from '../../metrics/confusion.js';
import { columnOf, keyOf, type TaskMetrics } from '../../metrics/metric.js';
import { lockOwner } from '../../runs/lock.js';
import { missingEpochs } from '../../runs/missing-epochs.js';
import { openRunForReading, type RunRecord } from '../../runs/read-run.js';
import { readConfusion } from '../../runs/record/confusion-csv.js';
import type { EnvironmentRecord } from '../../runs/record/environment.js';
import { readEvaluation } from '../../runs/record/evaluation.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import { reachedEnd, type RunSummary } from '../../runs/record/summary.js';
import { recordedMetrics } from '../../tasks/recorded-metrics.js';
import { InvolveError, type Problem } from '../../util/errors.js';
import { shellWord } from '../../util/shell-words.js';
import { shownPath } from '../../util/shown-path.js';
import { explainSystemError } from '../../util/system-error.js';

/** Only a finished run counts in means; the others are listed. */
export type RunStatus =
  'finished' | 'diverged' | 'interrupted' | 'running' | 'stopped' | 'not started' | 'unreadable';

/** How the best weights do on the images of a split. */
export interface SplitScores {
  readonly split: 'validation' | 'test';
  /** By the name of the metric. */
  readonly values: Readonly<Record<string, number | null>>;
  /** Tells whether two runs were measured on the same images; validation's is that of the run. */
  readonly fingerprint: string | undefined;
  /** Of a classifier. */
  readonly classes: readonly ClassScores[] | undefined;
}

/** A run as a report needs it. */
export interface ReportRun {
  /** The folder as the user would type it. */
  readonly dir: string;
  /** The folder that tells it from other configs: `<job>` of `<job>/seed-<n>`, else the name in its config. */
  readonly job: string;
  readonly seed: number;
  readonly status: RunStatus;
  /** Where it diverged, or why it cannot be read. */
  readonly detail?: string;
  readonly experiment: Experiment;
  /** What was measured of it, and in which units. */
  readonly measured: TaskMetrics;
  /** By epoch. */
  readonly metrics: readonly EpochMetrics[];
  /** Epochs that it finished and that are gone from its metrics. */
  readonly lost: readonly number[];
  /** The epoch that `checkpoint.best` chose. */
  readonly best: EpochMetrics | undefined;
  readonly last: EpochMetrics | undefined;
  /** What the mean of its kept epochs does on validation, by key: `valTop1`. */
  readonly averaged: RunSummary['averaged'];
  readonly parameters: number | undefined;
  readonly macs: number | undefined;
  readonly environment: EnvironmentRecord;
  readonly command: string | undefined;
  readonly scores: readonly SplitScores[];
}

/** A folder that has no numbers to give. */
export interface MissingRun {
  readonly dir: string;
  readonly status: 'not started' | 'unreadable';
  readonly detail?: string;
  /** What is wrong with it, where, and what to do. */
  readonly problem?: Problem;
}

/** Reads a run folder; one that is damaged is said to be so, and stops no report. */
export async function readReportRun(dir: string, cwd: string): Promise<ReportRun | MissingRun> {
  const shown = shownPath(cwd, dir);
  try {
    const record = await openRunForReading(dir);
    const experiment = loadRunExperiment(dir, { cwd });
    const { summary, metrics, environment } = record;
    const measured = recordedMetrics(environment.metrics);
    const best = bestEpoch(experiment, measured, metrics);
    return {
      dir: shown,
      job: /^seed-\d+$/.test(basename(dir)) ? basename(dirname(dir)) : experiment.name,
      seed: experiment.train.seed,
      ...(await statusOf(record)),
      experiment,
      measured,
      metrics,
      lost: reachedEnd(summary) ? missingEpochs(metrics, summary!.epochs) : [],
      best,
      last: metrics.at(-1),
      averaged: summary?.averaged,
      parameters: summary?.parameters,
      macs: summary?.macs,
      environment,
      command: commandOf(environment, cwd),
      scores: await scoresOf(record, measured, best),
    };
  } catch (error) {
    const known = error instanceof InvolveError ? error : explainSystemError(error);
    if (known === undefined) throw error;
    const [problem] = known.problems;
    return { dir: shown, status: 'unreadable', detail: problem!.what, problem };
  }
}

/**
 * The text to type in a folder for what a process was started with; undefined where that was not recorded. Files
 * below the folder are named from there, so that the text means the same on another machine.
 */
export function commandOf({ commandLine }: EnvironmentRecord, cwd: string): string | undefined {
  if (commandLine === undefined || commandLine.length < 3) return undefined;
  // Without the paths of node and of involve.
  return commandText(commandLine.slice(2), cwd);
}

/** The text to type in a folder for the words after `involve`. */
export function commandText(words: readonly string[], cwd: string): string {
  return ['involve', ...words.map((word) => shellWord(isAbsolute(word) ? shownPath(cwd, word) : word))].join(
    ' ',
  );
}

// --- internal ---

/** The first epoch that no other beats, as training chose it. */
function bestEpoch(
  experiment: Experiment,
  { validation, primary }: TaskMetrics,
  metrics: readonly EpochMetrics[],
): EpochMetrics | undefined {
  const metric = validation.find((each) => columnOf('val', each) === experiment.checkpoint.best) ?? primary;
  const column = columnOf('val', metric);
  const sign = metric.better === 'higher' ? 1 : -1;
  let best: EpochMetrics | undefined;
  for (const row of metrics) {
    const value = row[column] ?? NaN;
    if (!Number.isFinite(value)) continue;
    if (best === undefined || sign * value > sign * best[column]!) best = row;
  }
  return best;
}

async function statusOf({
  dir,
  summary,
  events,
}: RunRecord): Promise<{ status: RunStatus; detail?: string }> {
  if (reachedEnd(summary)) return { status: 'finished' };
  // Before the outcome: a run that diverged may have been taken up again.
  if ((await lockOwner(dir)) !== undefined) return { status: 'running' };
  if (summary?.outcome === 'diverged') return { status: 'diverged', detail: divergedAt(summary.divergence) };
  return { status: events.at(-1)?.type === 'interrupt' ? 'interrupted' : 'stopped' };
}

function divergedAt(divergence: RunSummary['divergence']): string | undefined {
  if (divergence === undefined) return undefined;
  const { step, epoch, layer } = divergence;
  return `at step ${step + 1} (epoch ${epoch + 1})${layer === undefined ? '' : `, first in ${layer}`}`;
}

async function scoresOf(
  { dir, environment, summary }: RunRecord,
  { validation }: TaskMetrics,
  best: EpochMetrics | undefined,
): Promise<SplitScores[]> {
  const scores: SplitScores[] = [];
  const test = await readEvaluation(dir, 'test', validation);
  if (test !== undefined) {
    const { values, data, classes } = test;
    scores.push({ split: 'test', values, fingerprint: data?.fingerprint, classes });
  }
  const matrix = environment.classes && (await readConfusion(dir, environment.classes));
  if (matrix !== undefined && best !== undefined) {
    const values = Object.fromEntries(
      validation.map((metric) => [metric.name, summary?.best?.[keyOf('val', metric)] ?? null]),
    );
    const fingerprint = environment.data?.fingerprint;
    scores.push({ split: 'validation', values, fingerprint, classes: matrix.perClass() });
  }
  return scores;
}

import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { loadExperiment } from '../config/load.js';
import type { Experiment } from '../config/schema.js';
import type { ClassScores } from '../metrics/confusion.js';
import { readConfusion } from '../runs/confusion-file.js';
import { lockOwner } from '../runs/lock.js';
import type { EpochMetrics } from '../runs/metrics-file.js';
import { openRunForReading, type RunRecord } from '../runs/read-run.js';
import { runPaths } from '../runs/run-paths.js';
import { InvolveError } from '../util/errors.js';
import { shellWord } from '../util/shell-words.js';
import { shownPath } from '../util/shown-path.js';

/** Only a finished run counts in means; the others are listed. */
export type RunStatus =
  'finished' | 'diverged' | 'interrupted' | 'running' | 'stopped' | 'not started' | 'unreadable';

/** How the best weights do on the images of a split. */
export interface SplitScores {
  readonly split: 'validation' | 'test';
  readonly top1: number;
  /** Tells whether two runs were measured on the same images; validation's is that of the run. */
  readonly fingerprint: string | undefined;
  readonly classes: readonly ClassScores[];
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
  readonly metrics: readonly EpochMetrics[];
  /** The epoch that `checkpoint.best` chose. */
  readonly best: EpochMetrics | undefined;
  readonly last: EpochMetrics | undefined;
  readonly parameters: number | undefined;
  readonly macs: number | undefined;
  readonly environment: Readonly<Record<string, unknown>>;
  readonly command: string | undefined;
  readonly scores: readonly SplitScores[];
}

/** A folder that has no numbers to give. */
export interface MissingRun {
  readonly dir: string;
  readonly status: 'not started' | 'unreadable';
  readonly detail?: string;
}

/** Reads a run folder; one that is damaged is said to be so, and stops no report. */
export async function readReportRun(dir: string, cwd: string): Promise<ReportRun | MissingRun> {
  const shown = shownPath(cwd, dir);
  try {
    const record = await openRunForReading(dir);
    const { experiment } = loadExperiment(runPaths(dir).config, { cwd });
    const { summary, metrics, environment } = record;
    const best = bestEpoch(experiment, metrics);
    return {
      dir: shown,
      job: /^seed-\d+$/.test(basename(dir)) ? basename(dirname(dir)) : experiment.name,
      seed: experiment.train.seed,
      ...(await statusOf(record)),
      experiment,
      metrics,
      best,
      last: metrics.at(-1),
      parameters: numberIn(summary, 'parameters'),
      macs: numberIn(summary, 'macs'),
      environment,
      command: commandOf(environment, cwd),
      scores: await scoresOf(record, best),
    };
  } catch (error) {
    if (!(error instanceof InvolveError)) throw error;
    return { dir: shown, status: 'unreadable', detail: error.problems[0]!.what };
  }
}

/**
 * The text to type in a folder for what a process was started with; undefined where that was not recorded. Files
 * below the folder are named from there, so that the text means the same on another machine.
 */
export function commandOf(environment: Readonly<Record<string, unknown>>, cwd: string): string | undefined {
  const words = environment.commandLine;
  if (!Array.isArray(words) || words.length < 3) return undefined;
  // Without the paths of node and of involve.
  return commandText((words as string[]).slice(2), cwd);
}

/** The text to type in a folder for the words after `involve`. */
export function commandText(words: readonly string[], cwd: string): string {
  return ['involve', ...words.map((word) => shellWord(isAbsolute(word) ? shownPath(cwd, word) : word))].join(
    ' ',
  );
}

// --- internal ---

/** The first epoch that no other beats, as training chose it. */
function bestEpoch(experiment: Experiment, metrics: readonly EpochMetrics[]): EpochMetrics | undefined {
  const column = experiment.checkpoint.best as 'val_loss' | 'val_top1' | 'val_top5';
  const sign = column === 'val_loss' ? -1 : 1;
  let best: EpochMetrics | undefined;
  for (const row of metrics) {
    const value = row[column];
    if (value === null || !Number.isFinite(value)) continue;
    if (best === undefined || sign * value > sign * best[column]!) best = row;
  }
  return best;
}

async function statusOf({
  dir,
  summary,
  events,
}: RunRecord): Promise<{ status: RunStatus; detail?: string }> {
  if (summary?.outcome === 'done' || summary?.outcome === 'plateau') return { status: 'finished' };
  // Before the outcome: a run that diverged may have been taken up again.
  if ((await lockOwner(dir)) !== undefined) return { status: 'running' };
  if (summary?.outcome === 'diverged') return { status: 'diverged', detail: divergedAt(summary.divergence) };
  return { status: events.at(-1)?.type === 'interrupt' ? 'interrupted' : 'stopped' };
}

function divergedAt(divergence: unknown): string | undefined {
  const { step, epoch, layer } = (divergence ?? {}) as { step?: number; epoch?: number; layer?: string };
  if (step === undefined || epoch === undefined) return undefined;
  return `at step ${step + 1} (epoch ${epoch + 1})${layer === undefined ? '' : `, first in ${layer}`}`;
}

async function scoresOf(record: RunRecord, best: EpochMetrics | undefined): Promise<SplitScores[]> {
  const { dir, environment } = record;
  const scores: SplitScores[] = [];
  const test = await readEvaluation(join(dir, 'evaluation-test.json'));
  if (test !== undefined) scores.push(test);
  const classes = environment.classes as readonly string[] | undefined;
  const matrix = classes && (await readConfusion(dir, classes));
  if (matrix !== undefined && best !== undefined) {
    const { fingerprint } = (environment.data ?? {}) as { fingerprint?: string };
    scores.push({ split: 'validation', top1: matrix.accuracy, fingerprint, classes: matrix.perClass() });
  }
  return scores;
}

async function readEvaluation(path: string): Promise<SplitScores | undefined> {
  try {
    const { top1, classes, data } = JSON.parse(await readFile(path, 'utf8')) as {
      top1: number;
      classes: ClassScores[];
      data?: { fingerprint?: string };
    };
    return { split: 'test', top1, classes, fingerprint: data?.fingerprint };
  } catch {
    // Not evaluated; `involve eval` writes the file anew where it is damaged.
    return undefined;
  }
}

function numberIn(summary: RunRecord['summary'], key: string): number | undefined {
  const value = summary?.[key];
  return typeof value === 'number' ? value : undefined;
}

import type { TaskMetrics } from '../metrics/metric.js';
import { isRun } from '../runs/run-folder.js';
import { runPaths } from '../runs/run-paths.js';
import { readEnvironment } from '../runs/record/environment.js';
import { reachedEnd, readSummary, type RunSummary } from '../runs/record/summary.js';
import { recordedMetrics } from '../tasks/recorded-metrics.js';
import { InvolveError } from '../util/errors.js';

/** How a run ended, and what is measured of it. */
export interface RunOutcome {
  readonly summary: RunSummary;
  readonly measured: TaskMetrics;
}

/** Undefined while the run has not ended; also where its records are damaged, which the run itself tells. */
export async function readOutcome(dir: string): Promise<RunOutcome | undefined> {
  const paths = runPaths(dir);
  try {
    const summary = await readSummary(paths.summary);
    if (summary === undefined) return undefined;
    const { metrics } = await readEnvironment(paths.environment);
    return { summary, measured: recordedMetrics(metrics) };
  } catch (error) {
    if (error instanceof InvolveError) return undefined;
    throw error;
  }
}

/** Whether a run reached its end; one that diverged did not. */
export async function isFinished(dir: string): Promise<boolean> {
  return reachedEnd((await readOutcome(dir))?.summary) && (await isRun(dir));
}

import { columnOf } from '../metrics/metric.js';
import { readEnvironment } from '../runs/record/environment.js';
import { readMetrics } from '../runs/record/metrics-csv.js';
import { runPaths } from '../runs/run-paths.js';
import { recordedMetrics } from '../tasks/recorded-metrics.js';
import type { JobProgress } from './events.js';

/** How far a run is, as its folder says; undefined before its first epoch is over. */
export async function readProgress(dir: string): Promise<JobProgress | undefined> {
  const paths = runPaths(dir);
  const last = (await readMetrics(paths.metrics).catch(() => [])).at(-1);
  if (last === undefined) return undefined;
  const measured = recordedMetrics(
    (await readEnvironment(paths.environment).catch(() => undefined))?.metrics,
  );
  return {
    epoch: last.epoch,
    step: last.step,
    training: last[columnOf('train', measured.train[0])],
    validation: last[columnOf('val', measured.primary)],
    measured,
  };
}

import type { TaskMetrics } from '../../metrics/metric.js';
import { drawRunCurves } from '../../report/figures/run-curves.js';
import { readMetrics } from '../../runs/record/metrics-csv.js';
import { runPaths } from '../../runs/run-paths.js';
import { writeFileAtomic } from '../../util/writing/atomic-write.js';

/** Writes curves.svg of a run folder, once there is an epoch to draw. */
export async function writeCurves(dir: string, measured: TaskMetrics, title: string): Promise<void> {
  const paths = runPaths(dir);
  const rows = await readMetrics(paths.metrics);
  if (rows.length > 0) await writeFileAtomic(paths.curves, await drawRunCurves(rows, measured, title));
}

import type { MetricValues } from '../../metrics/metric.js';
import type { RunSummary } from '../../runs/record/summary.js';
import type { RunListener } from '../../session/training/train-run.js';

/** Shows a run to whoever started it. */
export interface TrainingDisplay extends RunListener {
  interrupted(dir: string): void;
  /** @param best what the best weights do on validation */
  finish(summary: RunSummary, dir: string, best: MetricValues | undefined): void;
  close(): void;
}

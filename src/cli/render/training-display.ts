import type { MetricValues } from '../../metrics/metric.js';
import type { RunSummary } from '../../runs/record/summary.js';
import type { RunListener } from '../../session/training/train-run.js';

/** Shows a run to whoever started it. */
export interface TrainingDisplay extends RunListener {
  /** @param begun whether training had begun, so that there is a state to go on from */
  interrupted(dir: string, begun: boolean): void;
  /** @param best what the best weights do on validation */
  finish(summary: RunSummary, dir: string, best: MetricValues | undefined): void;
  close(): void;
}

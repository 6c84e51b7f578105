import type { TaskMetrics } from '../metrics/metric.js';
import { recordedMetrics } from '../tasks/recorded-metrics.js';
import type { RunOutcome } from './outcome.js';
import type { LedgerJob } from './ledger-file.js';
import type { SweepJob } from './plan.js';

/** How far the run of a job is. */
export interface JobProgress {
  /** Epochs that are complete. */
  readonly epoch: number;
  readonly step: number;
  /** What training makes small, over the epoch so far. */
  readonly training: number | null;
  /** What counts, on validation after the last complete epoch. */
  readonly validation: number | null;
  /** What is measured of the run. */
  readonly measured: TaskMetrics;
}

/** Of a job that has not said anything yet. */
export const NO_PROGRESS: JobProgress = {
  epoch: 0,
  step: 0,
  training: null,
  validation: null,
  measured: recordedMetrics(undefined),
};

/** What happens in a sweep, in order. */
export type SweepEvent =
  | { readonly type: 'begin'; readonly total: number; readonly open: number }
  /** A process of an earlier call still writes to the job's run. */
  | { readonly type: 'wait'; readonly job: SweepJob; readonly pid: number }
  /** Slurm took jobs as an array. */
  | {
      readonly type: 'submit';
      readonly jobs: readonly SweepJob[];
      readonly array: string;
      readonly script: string;
    }
  | { readonly type: 'start'; readonly job: SweepJob; readonly resumed: boolean; readonly by: string }
  | { readonly type: 'progress'; readonly job: SweepJob; readonly progress: JobProgress }
  /** The job will be tried again. */
  | { readonly type: 'requeue'; readonly job: SweepJob; readonly reason: string; readonly attempt: number }
  | {
      readonly type: 'end';
      readonly job: SweepJob;
      readonly entry: LedgerJob;
      readonly outcome: RunOutcome | undefined;
    };

export type SweepListener = (event: SweepEvent) => void;

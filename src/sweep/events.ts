import type { RunOutcome } from './outcome.js';
import type { LedgerJob } from './ledger-file.js';
import type { SweepJob } from './plan.js';

/** How far the run of a job is. */
export interface JobProgress {
  /** Epochs that are complete, and their validation accuracy once there is one. */
  readonly epoch: number;
  readonly step: number;
  readonly loss: number | null;
  readonly valTop1: number | null;
}

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

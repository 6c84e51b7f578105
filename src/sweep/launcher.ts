import type { SweepListener } from './events.js';
import type { Ledger } from './ledger.js';
import type { SweepJob, SweepPlan } from './plan.js';

/** A signal that was sent to the sweep, to be passed on to its jobs. */
export interface Stop {
  readonly signal: AbortSignal;
  readonly name: 'SIGINT' | 'SIGTERM' | undefined;
}

export interface LaunchOptions {
  readonly plan: SweepPlan;
  readonly ledger: Ledger;
  /** Goes on to start jobs when one has failed. */
  readonly keepGoing: boolean;
  readonly stop: Stop;
  readonly listener: SweepListener;
}

/** Runs the open jobs and writes into the ledger how they went; comes back when none runs any more. */
export type Launcher = (open: readonly SweepJob[], options: LaunchOptions) => Promise<void>;

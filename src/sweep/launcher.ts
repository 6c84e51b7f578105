import type { SweepListener } from './events.js';
import type { Ledger } from './ledger.js';
import type { SweepJob, SweepPlan } from './plan.js';
import type { Interruption } from '../util/interruption.js';

export interface LaunchOptions {
  readonly plan: SweepPlan;
  readonly ledger: Ledger;
  /** Goes on to start jobs when one has failed. */
  readonly keepGoing: boolean;
  /** A signal that was sent to the sweep, to be passed on to its jobs. */
  readonly stop: Pick<Interruption, 'signal' | 'name'>;
  readonly listener: SweepListener;
}

/** Runs the open jobs and writes into the ledger how they went; comes back when none runs any more. */
export type Launcher = (open: readonly SweepJob[], options: LaunchOptions) => Promise<void>;

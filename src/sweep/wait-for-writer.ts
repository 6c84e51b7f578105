import { setTimeout as sleep } from 'node:timers/promises';
import { lockOwner } from '../runs/lock.js';
import { stateOf } from '../util/process-identity.js';
import type { LaunchOptions } from './launcher.js';
import type { LedgerJob } from './ledger-file.js';
import type { SweepJob } from './plan.js';

/** How often one looks whether a process of an earlier call has ended. */
const LOOK_AGAIN_MS = 200;

/**
 * Waits until no process of this machine writes to the run of a job. A sweep that was killed leaves its
 * children behind; they save and end when they find that no one listens.
 *
 * @returns false when the sweep is to stop first
 */
export async function waitForWriter(
  job: SweepJob,
  { ledger, stop, listener }: LaunchOptions,
): Promise<boolean> {
  for (let told = false; ; told = true) {
    const pid = await writerOf(job, ledger.of(job));
    if (stop.signal.aborted) return false;
    if (pid === undefined) return true;
    if (!told) listener({ type: 'wait', job, pid });
    await sleep(LOOK_AGAIN_MS);
  }
}

async function writerOf(job: SweepJob, { process }: LedgerJob): Promise<number | undefined> {
  if (process !== undefined && stateOf(process) === 'running') return process.pid;
  const owner = await lockOwner(job.dir);
  return owner !== undefined && stateOf(owner) === 'running' ? owner.pid : undefined;
}

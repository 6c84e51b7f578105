import type { LaunchOptions, Launcher } from './launcher.js';
import type { LedgerJob } from './ledger-file.js';
import { openSweep } from './open-sweep.js';
import type { SweepPlan } from './plan.js';

/** Does what is not done of a sweep; the ledger at the end. */
export async function runSweep(
  plan: SweepPlan,
  launch: Launcher,
  options: Omit<LaunchOptions, 'plan' | 'ledger'>,
): Promise<readonly LedgerJob[]> {
  const { ledger, close } = await openSweep(plan);
  try {
    const open = plan.jobs.filter((job) => ledger.of(job).state !== 'done');
    options.listener({ type: 'begin', total: plan.jobs.length, open: open.length });
    if (open.length > 0) await launch(open, { ...options, plan, ledger });
    return ledger.jobs;
  } finally {
    await close();
  }
}

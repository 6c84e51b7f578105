import { lookAt } from '../../sweep/open-sweep.js';
import { readLedger, type LedgerJob } from '../../sweep/ledger-file.js';
import { planSweep, type SweepPlan } from '../../sweep/plan.js';
import { runSweep } from '../../sweep/run-sweep.js';
import type { SlurmOptions } from '../../sweep/slurm-options.js';
import type { Launcher } from '../../sweep/launcher.js';
import { badInput, ExitCode } from '../../util/errors.js';
import type { CommandContext, CommandOptions, CommandRun } from '../command.js';
import { interruptible } from '../../session/interruption.js';
import { checkSweepData, checkSweepModels } from '../../session/sweep-check.js';
import { showSweep } from '../render/sweep-display.js';
import { planTable, resultTable } from '../render/sweep-table.js';

/** `involve sweep SWEEP`: every run of a sweep that is not done yet. */
export const run: CommandRun = async ([file], options, context) => {
  const plan = planSweep(file, {
    cwd: context.cwd,
    set: options.set as string[] | undefined,
    out: options.out as string | undefined,
    command: process.argv.slice(2),
  });
  const isSlurm = options.launcher === 'slurm';
  if (options.slurm !== undefined && !isSlurm)
    throw badInput('E_ARGUMENT', { what: '--slurm needs --launcher slurm' });
  const slurm = isSlurm ? (await import('../../sweep/slurm-options.js')).slurmOptions(options) : undefined;
  await checkSweepModels(plan);
  if (options.dryRun) return await dryRun(plan, slurm && scriptOf(slurm), options, context);

  let launcher: Launcher;
  if (slurm !== undefined) {
    launcher = (await import('../../sweep/slurm-launcher.js')).slurmLauncher(slurm);
  } else {
    await checkSweepData(plan);
    const { localLauncher } = await import('../../sweep/local-launcher.js');
    launcher = localLauncher((options.jobs as number | undefined) ?? 1);
  }
  const stop = interruptible();
  const display = await showSweep(plan, options, context);
  try {
    const keepGoing = options.keepGoing === true;
    const jobs = await runSweep(plan, launcher, { keepGoing, stop, listener: display.show });
    display.close();
    await finish(plan, jobs, options, context);
    if (stop.name !== undefined) return stop.exitCode;
    return jobs.some(({ state }) => state !== 'done') ? ExitCode.failed : ExitCode.ok;
  } finally {
    display.close();
    stop.end();
  }
};

// --- internal ---

type Script = (plan: SweepPlan, open: readonly string[]) => Promise<string>;

function scriptOf(slurm: SlurmOptions): Script {
  return async (plan, open) => {
    const { slurmScript } = await import('../../sweep/slurm-script.js');
    const jobs = plan.jobs.filter(({ id }) => open.includes(id));
    return jobs.length === 0 ? '' : slurmScript(plan, jobs, slurm, plan.name);
  };
}

async function dryRun(
  plan: SweepPlan,
  script: Script | undefined,
  options: CommandOptions,
  { print }: CommandContext,
): Promise<ExitCode> {
  const entries = await lookAt(plan, await readLedger(plan.dir));
  const open = entries.filter(({ state }) => state !== 'done').map(({ folder }) => folder);
  const text = await script?.(plan, open);
  if (options.json) {
    const jobs = entries.map(({ name, seed, folder, changes, state }) => ({
      name,
      seed,
      folder,
      changes,
      state,
    }));
    print(JSON.stringify({ sweep: plan.name, folder: plan.shown, jobs, script: text }));
    return ExitCode.ok;
  }
  for (const line of planTable(plan, entries)) print(line);
  if (text) print(`\n${text.trimEnd()}`);
  return ExitCode.ok;
}

async function finish(
  plan: SweepPlan,
  jobs: readonly LedgerJob[],
  options: CommandOptions,
  { print, note }: CommandContext,
): Promise<void> {
  const count = (state: LedgerJob['state']): number => jobs.filter((job) => job.state === state).length;
  const [done, failed] = [count('done'), count('failed')];
  const open = jobs.length - done - failed;
  if (options.json) {
    print(JSON.stringify({ type: 'sweep', sweep: plan.name, folder: plan.shown, done, failed, open }));
    return;
  }
  for (const line of await resultTable(plan, jobs)) print(line);
  if (failed + open > 0) {
    note(`${done} done, ${failed} failed, ${open} not done. The same command goes on with what is missing.`);
  }
}

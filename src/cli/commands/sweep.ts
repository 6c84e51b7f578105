import type { LedgerJob } from '../../sweep/ledger-file.js';
import type { Launcher } from '../../sweep/launcher.js';
import type { SweepPlan } from '../../sweep/plan.js';
import type { SlurmOptions } from '../../sweep/slurm-options.js';
import { badInput, ExitCode, SHOWN_PROBLEMS } from '../../util/errors.js';
import { interruptible } from '../../util/interruption.js';
import { command, type CommandContext } from '../command.js';
import { anyFolder, configs } from '../completes.js';
import { jsonLines, set } from '../config-flags.js';
import { choice, count, flag, list, text } from '../flags.js';
import { one } from '../operands.js';

/** `involve sweep SWEEP`: every run of a sweep that is not done yet. */
export const sweep = command({
  name: 'sweep',
  description: 'train many: a grid or list over any config path, times seeds; what is done is kept',
  operands: { sweep: one('sweep file, YAML or JSON', configs) },
  flags: {
    jobs: count('n', 'jobs at once; they share the cores (default: 1)', { from: 1, to: 1024 }),
    launcher: choice('name', 'where they run', ['local', 'slurm'], 'local'),
    slurm: list('key=value', 'partition, time, gpus, mem, cpus, tasks …; may be repeated'),
    resume: flag('go on with a sweep that was stopped; a second call does so by itself'),
    keepGoing: flag('start further jobs when one has failed'),
    dryRun: flag('print the jobs and where they stand, train nothing'),
    set,
    out: text('dir', 'folder of the sweep (default: runs/<name>)', anyFolder),
    json: jsonLines,
  },
  example: 'involve sweep configs/sweeps/blog.yaml --jobs 2 --keep-going',
  async run({ sweep: file }, flags, context) {
    const { planSweep } = await import('../../sweep/plan.js');
    const { set, out } = flags;
    const plan = planSweep(file, { cwd: context.cwd, set, out, command: process.argv.slice(2) });
    const isSlurm = flags.launcher === 'slurm';
    if (flags.slurm !== undefined && !isSlurm)
      throw badInput('E_ARGUMENT', { what: '--slurm needs --launcher slurm' });
    const slurm = isSlurm ? await slurmFor(plan, flags) : undefined;
    const { checkSweepData, checkSweepModels } = await import('../../session/sweep-check.js');
    await checkSweepModels(plan);
    for (const note of plan.notes.slice(0, SHOWN_PROBLEMS)) context.note(`note: ${note}`);
    const more = plan.notes.length - SHOWN_PROBLEMS;
    if (more > 0)
      context.note(`note: … and ${more} more; involve train CONFIG --dry-run says all of one config`);
    if (flags.dryRun) {
      await dryRun(plan, slurm, flags, context);
      return ExitCode.ok;
    }

    let launcher: Launcher;
    if (slurm !== undefined) {
      launcher = (await import('../../sweep/slurm-launcher.js')).slurmLauncher(slurm);
    } else {
      await checkSweepData(plan);
      const { localLauncher } = await import('../../sweep/local-launcher.js');
      launcher = localLauncher(flags.jobs ?? 1);
    }
    const [{ runSweep }, { showSweep }] = await Promise.all([
      import('../../sweep/run-sweep.js'),
      import('../render/sweep-display.js'),
    ]);
    const stop = interruptible();
    const display = showSweep(plan, flags, context);
    try {
      const keepGoing = flags.keepGoing === true;
      const jobs = await runSweep(plan, launcher, { keepGoing, stop, listener: display.show });
      display.close();
      await finish(plan, jobs, flags, context);
      if (stop.exitCode !== undefined) return stop.exitCode;
      return jobs.some(({ state }) => state !== 'done') ? ExitCode.failed : ExitCode.ok;
    } finally {
      display.close();
      stop.end();
    }
  },
});

// --- internal ---

interface Output {
  readonly json?: true;
}

async function dryRun(
  plan: SweepPlan,
  slurm: SlurmOptions | undefined,
  { json }: Output,
  { print }: CommandContext,
): Promise<void> {
  const [{ lookAt }, { readLedger }] = await Promise.all([
    import('../../sweep/open-sweep.js'),
    import('../../sweep/ledger-file.js'),
  ]);
  const entries = await lookAt(plan, await readLedger(plan.dir));
  const open = entries.filter(({ state }) => state !== 'done').map(({ folder }) => folder);
  const script = slurm && (await scriptOf(plan, open, slurm));
  if (json) {
    const jobs = entries.map(({ name, seed, folder, changes, state }) => ({
      name,
      seed,
      folder,
      changes,
      state,
    }));
    print(JSON.stringify({ sweep: plan.name, folder: plan.shown, jobs, script }));
    return;
  }
  const { planTable } = await import('../render/sweep-table.js');
  for (const line of planTable(plan, entries)) print(line);
  if (script) print(`\n${script.trimEnd()}`);
}

/** What is said of Slurm, where it fits the jobs. */
async function slurmFor(
  plan: SweepPlan,
  flags: { readonly slurm?: readonly string[]; readonly jobs?: number },
): Promise<SlurmOptions> {
  const { slurmOptions, refuseForSlurm, refuseOtherTasks } = await import('../../sweep/slurm-options.js');
  const options = slurmOptions(flags);
  refuseOtherTasks(plan.jobs, options);
  refuseForSlurm(plan.dir);
  return options;
}

async function scriptOf(plan: SweepPlan, open: readonly string[], slurm: SlurmOptions): Promise<string> {
  const { slurmScript } = await import('../../sweep/slurm-script.js');
  const jobs = plan.jobs.filter(({ id }) => open.includes(id));
  return jobs.length === 0 ? '' : slurmScript(plan, jobs, slurm, plan.name);
}

async function finish(
  plan: SweepPlan,
  jobs: readonly LedgerJob[],
  { json }: Output,
  { print, note }: CommandContext,
): Promise<void> {
  const count = (state: LedgerJob['state']): number => jobs.filter((job) => job.state === state).length;
  const [done, failed] = [count('done'), count('failed')];
  const open = jobs.length - done - failed;
  if (json) {
    const { sweepLine } = await import('../../runs/record/sweep-lines.js');
    print(sweepLine({ type: 'sweep', sweep: plan.name, folder: plan.shown, done, failed, open }));
    return;
  }
  const { resultTable } = await import('../render/sweep-table.js');
  for (const line of await resultTable(plan, jobs)) print(line);
  if (failed + open > 0) {
    note(`${done} done, ${failed} failed, ${open} not done. The same command goes on with what is missing.`);
  }
}

import { join, resolve } from 'node:path';
import type { Experiment } from '../../config/schema.js';
import type { MpiJob } from '../../session/workers/mpi/job.js';
import { badInput, ExitCode } from '../../util/errors.js';
import { interruptible } from '../../util/interruption.js';
import { shownPath } from '../../util/shown-path.js';
import { command, type CommandContext } from '../command.js';
import { anyFolder } from '../completes.js';
import { device, engine, jsonLines, set, threads } from '../config-flags.js';
import { choice, count, flag, list, text, type FlagValues } from '../flags.js';
import { config } from '../operands.js';

const flags = {
  set,
  seed: count('n', 'seed of the run, in the place of train.seed', { from: 0 }),
  out: text('dir', 'run folder (default: runs/<name>/seed-<n>)', anyFolder),
  resume: flag('go on with a run that was stopped'),
  engine,
  device,
  threads,
  workers: count('n', 'processes that share each batch (default: train.workers)', { from: 1, to: 64 }),
  launcher: choice('name', 'where it runs', ['local', 'slurm'], 'local'),
  slurm: list('key=value', 'nodes, tasks, cpus, partition, time …; may be repeated'),
  smoke: flag('shrink the experiment to about a minute, for CI'),
  dryRun: flag('print the resolved config and the cost, train nothing'),
  json: jsonLines,
  quiet: flag('no progress'),
};

/** `involve train CONFIG`: one run, from a config to a run folder. */
export const train = command({
  name: 'train',
  description: 'train the experiment of a config: one run, in a folder of its own',
  operands: { config },
  flags,
  example: 'involve train configs/quickstart.json --seed 1 --set train.epochs=3',
  async run({ config }, flags, context) {
    if (flags.launcher === 'slurm') {
      const { trainOnSlurm } = await import('../train-on-slurm.js');
      return trainOnSlurm(config, flags, context);
    }
    if (flags.slurm !== undefined) throw badInput('E_ARGUMENT', { what: '--slurm needs --launcher slurm' });
    const { launchedProcess } = await import('../../session/workers/mpi/launched.js');
    const launched = launchedProcess(process.env);
    if (launched === undefined) return trainHere(config, flags, context);
    // What is shown, the first of them shows alone.
    if (flags.dryRun) return launched.rank === 0 ? trainHere(config, flags, context) : ExitCode.ok;
    const { joinOthers } = await import('../../session/workers/mpi/join.js');
    const { MpiJob } = await import('../../session/workers/mpi/job.js');
    const job = new MpiJob(await joinOthers(launched, process.env), process.argv.slice(2));
    if (job.rank > 0) return job.follow();
    return job.lead(() => {
      if (flags.workers !== undefined) throw countedTwice(flags.workers, launched.of, launched.by);
      return trainHere(config, { ...flags, workers: launched.of }, context, job);
    });
  },
});

// --- internal ---

type Given = FlagValues<typeof flags>;

/** @param job the processes that share the run, this one included */
async function trainHere(
  config: string,
  flags: Given,
  context: CommandContext,
  job?: MpiJob,
): Promise<ExitCode> {
  // All that is heavy is loaded later, when every problem of the config has been told.
  const { loadConfig } = await import('../../session/load-config.js');
  const notes: string[] = [];
  const asked = loadConfig(config, flags, context.cwd, (note) => notes.push(note));
  const smoke = flags.smoke
    ? await (await import('../../session/training/smoke-run.js')).smokeRun(asked, context.cwd)
    : undefined;
  const experiment = smoke?.experiment ?? asked;
  notes.push(...(smoke?.notes ?? []));
  if (flags.dryRun) {
    for (const note of notes) context.note(`note: ${note}`);
    await dryRun(experiment, flags, context);
    return ExitCode.ok;
  }
  const { trainRun } = await import('../../session/training/train-run.js');
  const display = flags.json
    ? (await import('../render/training-lines.js')).jsonDisplay(experiment, context)
    : (await import('../render/training-text.js')).textDisplay(experiment, context, flags.quiet === true);
  for (const note of notes) display.note(note);
  const interruption = interruptible();
  const folder = flags.out ?? join('runs', experiment.name, `seed-${experiment.train.seed}`);
  const dir = resolve(context.cwd, folder);
  const shown = shownPath(context.cwd, dir);
  try {
    const { cwd } = context;
    const result = await trainRun(experiment, {
      ...{ cwd, dir, shown, flags, listener: display, interruption, job },
    });
    switch (result.kind) {
      case 'finished':
        for (const note of result.notes) display.note(note);
        display.note(`${shown} is finished already: nothing to do`);
        return ExitCode.ok;
      case 'interrupted':
        display.interrupted(shown, result.begun);
        return interruption.exitCode ?? ExitCode.interrupted;
      case 'done':
        display.finish(result.summary, shown, result.best);
        return ExitCode.ok;
    }
  } finally {
    display.close();
    interruption.end();
  }
}

function countedTwice(workers: number, of: number, by: string): Error {
  return badInput('E_WORKERS_COUNTED', {
    what: `--workers ${workers} starts workers on this machine, and ${by} has started ${of} already`,
    where: '--workers',
    try: 'leave --workers out: how many there are is what the launcher says',
  });
}

async function dryRun(
  experiment: Experiment,
  { json }: { readonly json?: true },
  { print, note, cwd }: CommandContext,
): Promise<void> {
  const [{ costOfNetwork }, { refuseLimit }] = await Promise.all([
    import('../../session/cost/network-cost.js'),
    import('../../session/cost/refuse-limit.js'),
  ]);
  refuseLimit(experiment);
  const { cost, memory } = await costOfNetwork(experiment, { cwd });
  if (experiment.train.from !== null) {
    const { tryStart } = await import('../../session/weights/import-weights.js');
    for (const text of await tryStart(experiment, cwd)) note(`note: ${text}`);
  }
  if (json) {
    const { memoryJson } = await import('../render/cost-lines.js');
    const predicted = { ...memoryJson(memory), trainingMemory: undefined };
    print(JSON.stringify({ experiment, cost: { ...cost, ...predicted, layers: undefined } }));
    return;
  }
  const [{ resolvedYaml }, { totalLines }] = await Promise.all([
    import('../../config/load.js'),
    import('../render/cost-lines.js'),
  ]);
  print(resolvedYaml(experiment).trimEnd());
  print('');
  for (const line of totalLines(experiment, cost, memory)) print(`# ${line}`);
}

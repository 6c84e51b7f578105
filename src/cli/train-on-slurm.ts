import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Experiment } from '../config/schema.js';
import { valueWithUnit } from '../metrics/metric-text.js';
import { keyOf } from '../metrics/metric.js';
import { openRunForReading, runExists } from '../runs/run-folder.js';
import { trainLine } from '../runs/record/train-lines.js';
import { loadConfig, type ConfigFlags } from '../session/load-config.js';
import { mendFinishedRun } from '../session/training/finished-run.js';
import { isFinished } from '../sweep/outcome.js';
import { refuseForSlurm, slurmOptions, type SlurmOptions } from '../sweep/slurm-options.js';
import { runOnSlurm } from '../sweep/slurm-run.js';
import { slurmRunScript } from '../sweep/slurm-run-script.js';
import { badInput, ExitCode } from '../util/errors.js';
import { interruptible } from '../util/interruption.js';
import { shownPath } from '../util/shown-path.js';
import type { CommandContext } from './command.js';

/** What the command line says of a run that Slurm is to do. */
export interface SlurmTrainFlags extends ConfigFlags {
  readonly slurm?: readonly string[];
  readonly out?: string;
  readonly resume?: true;
  readonly smoke?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly quiet?: true;
}

/** Has Slurm do the run of a config, and follows it; with `--dry-run` prints the batch script. */
export async function trainOnSlurm(
  config: string,
  flags: SlurmTrainFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { cwd, print } = context;
  const settings = slurmOptions({ slurm: flags.slurm });
  const experiment = loadConfig(config, withTasks(flags, settings), cwd, (note) =>
    context.note(`note: ${note}`),
  );
  const dir = resolve(
    cwd,
    flags.out ??
      join(
        'runs',
        flags.smoke ? `${experiment.name}-smoke` : experiment.name,
        `seed-${experiment.train.seed}`,
      ),
  );
  refuseForSlurm(dir);
  const shown = shownPath(cwd, dir);
  const run = {
    ...{ cwd, dir, args: [config, ...passedOn(flags)] },
    hasThreads: flags.threads !== undefined || experiment.engine.threads !== null,
  };
  if (flags.dryRun) {
    print(slurmRunScript({ ...run, folder: `${dir}.slurm` }, settings, experiment.name).trimEnd());
    return ExitCode.ok;
  }
  if (flags.resume !== true && existsSync(dir)) throw await runExists(dir, shown);
  if (await isFinished(dir)) {
    for (const each of await mendFinishedRun(await openRunForReading(dir), shown))
      context.note(`note: ${each}`);
    context.note(`${shown} is finished already: nothing to do`);
    return ExitCode.ok;
  }
  const stop = interruptible();
  const note = (text: string): void => {
    if (flags.quiet !== true) context.note(text);
  };
  try {
    const outcome = await runOnSlurm({
      ...{ ...run, shown, name: experiment.name, settings, stop },
      listener: {
        note,
        progress: ({ epoch, validation, measured: { primary } }) =>
          note(
            `epoch ${epoch}${ofEpochs(experiment)}: validation ${primary.title} ${valueWithUnit(primary, validation)}`,
          ),
      },
    });
    if (outcome === undefined) {
      context.note(`the job was taken out of the queue; --resume goes on in ${shown}`);
      return stop.exitCode ?? ExitCode.interrupted;
    }
    const { summary, measured } = outcome;
    if (flags.json) print(trainLine('end', { run: shown, ...summary }));
    else {
      const { primary } = measured;
      const best = summary.best?.[keyOf('val', primary)];
      if (summary.best)
        print(
          `best epoch   ${summary.best.epoch}: validation ${primary.title} ${valueWithUnit(primary, best)}`,
        );
      print(`run folder   ${shown}`);
    }
    return ExitCode.ok;
  } finally {
    stop.end();
  }
}

// --- internal ---

/** As many workers as tasks; where there is one task, as many as are asked for. */
function withTasks(flags: SlurmTrainFlags, { tasks }: SlurmOptions): ConfigFlags {
  if (tasks === 1) return flags;
  if (flags.workers !== undefined) {
    throw badInput('E_ARGUMENT', {
      what: `--workers ${flags.workers} starts workers on one machine, and Slurm is to start ${tasks} tasks`,
      try: `--slurm tasks=${tasks} alone`,
    });
  }
  return { ...flags, workers: tasks };
}

/** What the job is told of the flags, besides what its script says anyway. */
function passedOn({ set = [], seed, workers, engine, device, threads, smoke }: SlurmTrainFlags): string[] {
  const given = { seed, workers, engine, device, threads };
  return [
    ...set.flatMap((each) => ['--set', each]),
    ...Object.entries(given).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, `${value}`],
    ),
    ...(smoke ? ['--smoke'] : []),
  ];
}

function ofEpochs({ train }: Experiment): string {
  return train.epochs === null ? '' : `/${train.epochs}`;
}

import { relative } from 'node:path';
import { shellWord } from '../util/shell-words.js';
import { INVOLVE } from './job-process.js';
import type { SlurmRunOptions } from './slurm-options.js';
import { MOST_THREADS, WARNING_SECONDS } from './slurm-script.js';

/** One run as a job of Slurm. */
export interface SlurmRun {
  readonly cwd: string;
  /** The run folder, absolute. */
  readonly dir: string;
  /** Where the script and the log are, absolute. */
  readonly folder: string;
  /** What `involve train` is given, without what is said here. */
  readonly args: readonly string[];
  /** Whether the number of threads is known already: from the config, the command line, or a run that has begun. */
  readonly hasThreads: boolean;
}

/**
 * The batch script of one run; a job array of one, as those of sweeps are, so that both are found and judged alike.
 *
 * Several tasks are started by `srun`, which connects them through MPI. The signals of scancel, of a preemption and of the
 * time limit reach the tasks by themselves: the script must live until they have saved, and must not send them on.
 *
 * @param submission the name by which the job is found in the queue
 */
export function slurmRunScript(run: SlurmRun, options: SlurmRunOptions, submission: string): string {
  const { tasks, cpus, mpi, sbatch } = options;
  const threads = Math.min(MOST_THREADS, tasks * cpus);
  const head = [
    `--job-name=${submission}`,
    '--array=0-0',
    `--output=${run.folder}/%A.log`,
    '--open-mode=append',
    '--requeue',
    `--signal=${tasks > 1 ? '' : 'B:'}TERM@${WARNING_SECONDS}`,
    ...(sbatch.some((each) => each.startsWith('--cpus-per-task')) ? [] : ['--cpus-per-task=1']),
    ...sbatch,
  ];
  const out = relative(run.cwd, run.dir);
  const command = [
    ...[process.execPath, INVOLVE, 'train', ...run.args, '--out', out, '--resume'],
    ...(run.hasThreads ? [] : ['--threads', `${threads}`]),
  ]
    .map(shellWord)
    .join(' ');
  // Options of sbatch are not those of srun: in some versions it is not told the cores of a task.
  const start = `srun --mpi=${mpi} --ntasks=${tasks} --cpus-per-task=${cpus} --kill-on-bad-exit=1 --wait=0`;
  return [
    '#!/bin/bash',
    ...head.map((option) => `#SBATCH ${option}`),
    '',
    `cd ${shellWord(run.cwd)} || exit 2`,
    ...(tasks > 1
      ? [
          '# The tasks are told by Slurm: srun must not tell them a second time, nor end before them.',
          "trap '' TERM",
          `${start} ${command}`,
        ]
      : [`exec ${command}`]),
    '',
  ].join('\n');
}

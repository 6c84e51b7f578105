import { relative } from 'node:path';
import { shellWord } from '../util/shell-words.js';
import { INVOLVE } from './job-process.js';
import type { SweepJob, SweepPlan } from './plan.js';
import type { SlurmOptions } from './slurm-options.js';

/** Seconds before the time limit at which a run is told to save. */
export const WARNING_SECONDS = 60;
/** The engine takes no more threads than this. */
export const MOST_THREADS = 64;

/** Where a job array is found, and its log. */
export interface SlurmArray {
  /** The name by which it is found in the queue. */
  readonly submission: string;
  /** The indices of its tasks: `0-3%2`. */
  readonly indices: string;
  /** Where the log lies, absolute. */
  readonly logs: string;
  /** Its name there, with Slurm's `%A` and `%a`. */
  readonly log: string;
}

/** What a batch script says of itself. */
export function scriptHead(
  { submission, indices, logs, log }: SlurmArray,
  { sbatch, tasks }: SlurmOptions,
): string[] {
  return [
    `--job-name=${submission}`,
    `--array=${indices}`,
    `--output=${asWritten(logs)}/${log}`,
    '--open-mode=append',
    '--requeue',
    `--signal=${tasks > 1 ? '' : 'B:'}TERM@${WARNING_SECONDS}`,
    ...(sbatch.some((each) => each.startsWith('--cpus-per-task')) ? [] : ['--cpus-per-task=1']),
    ...sbatch,
  ].map((option) => `#SBATCH ${option}`);
}

/**
 * The last lines of a batch script, which do a run.
 *
 * One task is done by `exec`, which puts Node in the place of the shell, so that the signals of scancel, of a preemption and
 * of the time limit reach it: it saves and ends, and goes on where it stopped when it is started again. Several are started
 * by `srun`, which connects them through MPI; the signals reach the tasks by themselves: the script must live until they
 * have saved, and must not send them on.
 *
 * @param command for the shell
 */
export function scriptStart(command: string, { tasks, cpus, mpi }: SlurmOptions): string[] {
  if (tasks === 1) return [`exec ${command}`];
  // Options of sbatch are not those of srun: in some versions it is not told the cores of a task.
  const srun = `srun --mpi=${mpi} --ntasks=${tasks} --cpus-per-task=${cpus} --kill-on-bad-exit=1 --wait=0`;
  return [
    '# The tasks are told by Slurm: srun must not tell them a second time, nor end before them.',
    "trap '' TERM",
    `${srun} ${command}`,
  ];
}

/** Threads of a run: one for each core of all tasks. */
export function threadsOf({ tasks, cpus }: SlurmOptions): number {
  return Math.min(MOST_THREADS, tasks * cpus);
}

/**
 * The batch script of a job array: task i of the array trains the i-th job.
 *
 * @param submission the name by which the array is found in the queue
 * @param begun jobs whose run keeps the number of threads it began with, so that it goes on bit for bit
 */
export function slurmScript(
  plan: SweepPlan,
  jobs: readonly SweepJob[],
  options: SlurmOptions,
  submission: string,
  begun: ReadonlySet<string> = new Set(),
): string {
  const limit = options.atOnce === undefined ? '' : `%${options.atOnce}`;
  const indices = `0-${jobs.length - 1}${limit}`;
  const lines = jobs.map((job) => {
    const own = begun.has(job.id) || job.experiment.engine.threads !== null;
    return `  '${job.name} ${job.seed}${own ? '' : ` --threads ${threadsOf(options)}`}'`;
  });
  const program = `${shellWord(process.execPath)} ${shellWord(INVOLVE)}`;
  const command = `${program} train "$sweep/$1/job.yaml" --seed "$2" --out "$sweep/$1/seed-$2" \\\n  --resume "\${@:3}"`;
  return [
    '#!/bin/bash',
    ...scriptHead({ submission, indices, logs: `${plan.dir}/slurm`, log: '%A_%a.log' }, options),
    '',
    `cd ${shellWord(plan.cwd)} || exit 2`,
    `sweep=${shellWord(relative(plan.cwd, plan.dir) || '.')}`,
    'jobs=(',
    ...lines,
    ')',
    'set -- ${jobs[$SLURM_ARRAY_TASK_ID]}',
    ...scriptStart(command, options),
    '',
  ].join('\n');
}

// --- internal ---

/**
 * A folder in an option of a script, where `%` stands for something else. Blanks end an option, behind a backslash too,
 * and `#` begins a comment, but not in quotes.
 */
function asWritten(folder: string): string {
  const plain = folder.replaceAll('%', '%%');
  return /[\s'"#]/.test(plain) ? `"${plain.replaceAll('"', '\\"')}"` : plain;
}

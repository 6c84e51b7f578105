import { relative } from 'node:path';
import { shellWord } from '../util/shell-words.js';
import { INVOLVE } from './job-process.js';
import type { SweepJob, SweepPlan } from './plan.js';
import type { SlurmOptions } from './slurm-options.js';

/** Seconds before the time limit at which a run is told to save. */
export const WARNING_SECONDS = 60;
/** The engine takes no more threads than this. */
export const MOST_THREADS = 64;

/**
 * The batch script of a job array: task i trains the i-th job.
 *
 * `exec` puts Node in the place of the shell, so that the signals of scancel, of a preemption and of the
 * time limit reach it: it saves and ends, and goes on where it stopped when it is started again.
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
  const threads = Math.min(MOST_THREADS, options.cpus);
  const head = [
    `--job-name=${submission}`,
    `--array=0-${jobs.length - 1}${limit}`,
    `--output=${plan.dir}/slurm/%A_%a.log`,
    '--open-mode=append',
    '--requeue',
    `--signal=B:TERM@${WARNING_SECONDS}`,
    ...(options.sbatch.some((each) => each.startsWith('--cpus-per-task')) ? [] : ['--cpus-per-task=1']),
    ...options.sbatch,
  ];
  const lines = jobs.map((job) => {
    const own = begun.has(job.id) || job.experiment.engine.threads !== null;
    return `  '${job.name} ${job.seed}${own ? '' : ` --threads ${threads}`}'`;
  });
  const config = '"$sweep/$1/job.yaml"';
  return [
    '#!/bin/bash',
    ...head.map((option) => `#SBATCH ${option}`),
    '',
    `cd ${shellWord(plan.cwd)} || exit 2`,
    `sweep=${shellWord(relative(plan.cwd, plan.dir) || '.')}`,
    'jobs=(',
    ...lines,
    ')',
    'set -- ${jobs[$SLURM_ARRAY_TASK_ID]}',
    `exec ${shellWord(process.execPath)} ${shellWord(INVOLVE)} train ${config} --seed "$2" --out "$sweep/$1/seed-$2" \\`,
    '  --resume "${@:3}"',
    '',
  ].join('\n');
}

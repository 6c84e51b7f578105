import { relative } from 'node:path';
import { shellWord } from '../util/shell-words.js';
import { INVOLVE } from './job-process.js';
import type { SlurmOptions } from './slurm-options.js';
import { scriptHead, scriptStart, threadsOf } from './slurm-script.js';

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
 * @param submission the name by which the job is found in the queue
 */
export function slurmRunScript(run: SlurmRun, options: SlurmOptions, submission: string): string {
  const out = relative(run.cwd, run.dir);
  const command = [
    ...[process.execPath, INVOLVE, 'train', ...run.args, '--out', out, '--resume'],
    ...(run.hasThreads ? [] : ['--threads', `${threadsOf(options)}`]),
  ]
    .map(shellWord)
    .join(' ');
  return [
    '#!/bin/bash',
    ...scriptHead({ submission, indices: '0-0', logs: run.folder, log: '%A.log' }, options),
    '',
    `cd ${shellWord(run.cwd)} || exit 2`,
    ...scriptStart(command, options),
    '',
  ].join('\n');
}

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { badInput, missing, type InvolveError } from '../util/errors.js';

/** A task of a job array as Slurm knows it. */
export interface SlurmTask {
  /** The name of the array it belongs to. */
  readonly submission: string;
  readonly index: number;
  /** `123_4` */
  readonly task: string;
  /** `RUNNING`, `CANCELLED` … */
  readonly state: string;
  readonly exitCode: number | null;
}

const run = promisify(execFile);
/** The controller of a busy cluster may take its time. */
const TIMEOUT_MS = 120_000;

/**
 * Submits a batch script; the number of the array.
 *
 * @throws InvolveError with what sbatch says: exit code 2 where it refuses an option, 3 where there is no Slurm
 */
export async function submit(script: string): Promise<string> {
  try {
    const { stdout } = await run('sbatch', ['--parsable', script], { timeout: TIMEOUT_MS });
    return stdout.trim().split(';')[0]; // a cluster's name may follow
  } catch (error) {
    throw refusal(error, script);
  }
}

/** The tasks of arrays that are in the queue or left it a few minutes ago; undefined when it cannot be asked now. */
export async function askQueue(submissions: readonly string[]): Promise<SlurmTask[] | undefined> {
  const format = 'JobArrayID:64,State:32,exit_code:16,Name:256';
  const args = [
    '--noheader',
    '--array',
    '--states=all',
    `--name=${submissions.join(',')}`,
    `--Format=${format}`,
  ];
  try {
    return parseTasks((await run('squeue', args, { timeout: TIMEOUT_MS, maxBuffer: 1 << 28 })).stdout, /\s+/);
  } catch {
    return undefined;
  }
}

/** The tasks of arrays in Slurm's accounts; none where it keeps none. */
export async function askAccounts(submissions: readonly string[]): Promise<SlurmTask[]> {
  const args = ['--noheader', '--parsable2', '--allocations', '--array', '--starttime=now-30days'];
  try {
    const format = '--format=JobID,State,ExitCode,JobName';
    const options = { timeout: TIMEOUT_MS, maxBuffer: 1 << 28 };
    return parseTasks(
      (await run('sacct', [...args, `--name=${submissions.join(',')}`, format], options)).stdout,
      /\|/,
    );
  } catch {
    return [];
  }
}

/** Takes arrays out of the queue: what runs gets SIGTERM, and SIGKILL when it does not end. */
export async function cancel(submissions: readonly string[], only?: 'PENDING'): Promise<void> {
  const state = only === undefined ? [] : [`--state=${only}`];
  // Each name by itself: scancel knows no lists of them.
  for (const name of submissions) {
    await run('scancel', [`--name=${name}`, ...state], { timeout: TIMEOUT_MS }).catch(() => undefined);
  }
}

/** Reads lines of array task, state, exit code and name. */
export function parseTasks(text: string, separator: RegExp): SlurmTask[] {
  return text.split('\n').flatMap((line) => {
    const [task, state = '', code = '', submission = ''] = line.trim().split(separator);
    const index = /^\d+_(\d+)$/.exec(task);
    if (index === null) return [];
    // `CANCELLED by 1000` in the accounts, `CANCELLED+` where it is cut short.
    const word = /^[A-Z_]+/.exec(state)?.[0] ?? '';
    return [{ submission, index: Number(index[1]), task, state: word, exitCode: exitCodeOf(code) }];
  });
}

// --- internal ---

/** `143:0`, or the number that wait(2) gives. */
function exitCodeOf(text: string): number | null {
  const pair = /^(\d+):(\d+)$/.exec(text);
  if (pair !== null) return Number(pair[1]);
  return /^\d+$/.test(text) ? Number(text) >> 8 : null;
}

function refusal(error: unknown, script: string): InvolveError {
  const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
  if (code === 'ENOENT') {
    return missing('E_NO_SLURM', {
      what: 'sbatch is not on this machine: Slurm is not installed, or not in PATH',
      try: '--launcher local, or call it on a login node of the cluster',
    });
  }
  const said = stderr
    .split('\n')
    .map((line) => line.replace(/^sbatch: (error: )?/, '').trim())
    .filter((line) => line !== '');
  const what = `sbatch refused the jobs: ${said.join('; ') || String(error).trim()}`;
  if (/unable to contact|communication|connection (refused|timed out)/i.test(stderr)) {
    return missing('E_NO_SLURM', { what, where: script, try: 'sinfo, which says whether Slurm answers' });
  }
  return badInput('E_SLURM_REFUSED', { what, where: script, try: 'other --slurm key=value' });
}

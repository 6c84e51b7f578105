import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { keyOf } from '../metrics/metric.js';
import { readTrainLine } from '../runs/record/train-lines.js';
import { recordedMetrics } from '../tasks/recorded-metrics.js';
import { processOf, type ProcessIdentity } from '../util/process-identity.js';
import { NO_PROGRESS, type JobProgress } from './events.js';
import type { SweepJob } from './plan.js';

/** The command line's own start file; through npx signals would not arrive. */
export const INVOLVE = fileURLToPath(new URL('../../bin/involve.js', import.meta.url));

/** Lines of stderr that the ledger keeps of a job that failed. */
const TAIL = 20;

export interface JobEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: readonly string[];
}

/** The child process of a job: `involve train` on its config, in its run folder. */
export class JobProcess {
  readonly #child: ChildProcess;
  readonly ended: Promise<JobEnd>;
  #stderr = '';

  /** @param threads of the engine; undefined: as the run was recorded, or as its config says */
  constructor(
    job: SweepJob,
    cwd: string,
    threads: number | undefined,
    onProgress: (progress: JobProgress) => void,
  ) {
    // A process group of its own keeps Ctrl-C from the child, which would see it twice: it is passed on.
    this.#child = spawn(process.execPath, [INVOLVE, ...trainArguments(job, threads)], {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const read = progressReader(onProgress);
    this.#child.stdout!.setEncoding('utf8').on('data', read);
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-20_000);
    });
    // A second Ctrl-C ends this process at once: children end too.
    const last = (): void => void this.kill('SIGTERM');
    process.on('exit', last);
    this.ended = new Promise((resolve, reject) => {
      this.#child.on('error', reject);
      this.#child.on('close', (exitCode, signal) => {
        process.off('exit', last);
        resolve({ exitCode, signal, stderr: tailOf(this.#stderr) });
      });
    });
  }

  /** Undefined when it could not be started; `ended` says why. */
  get process(): ProcessIdentity | undefined {
    return this.#child.pid === undefined ? undefined : processOf(this.#child.pid);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** What follows `involve` to run a job. It always resumes: with nothing to go on with it starts. */
export function trainArguments(job: SweepJob, threads: number | undefined): string[] {
  return [
    'train',
    job.configFile,
    '--seed',
    String(job.seed),
    '--out',
    job.dir,
    '--resume',
    '--json',
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
  ];
}

/** The last lines of a text. */
export function tailOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-TAIL);
}

/** Takes stdout as it comes, in pieces of any size, and reads progress from its JSON lines. */
export function progressReader(onProgress: (progress: JobProgress) => void): (text: string) => void {
  let rest = '';
  let now = NO_PROGRESS;
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const next = progressOf(line, now);
      if (next === undefined) continue;
      const isNews = next.step !== now.step || next.epoch !== now.epoch;
      now = next;
      if (isNews) onProgress(now);
    }
  };
}

// --- internal ---

function progressOf(text: string, now: JobProgress): JobProgress | undefined {
  const line = readTrainLine(text);
  const { train, primary } = now.measured;
  switch (line?.type) {
    case 'begin':
      return { ...now, measured: recordedMetrics(line.metrics) };
    case 'step': {
      const running = line as unknown as Readonly<Record<string, number | null>>;
      const training = running[train[0].name] ?? null;
      return { ...now, epoch: line.epoch, step: line.step, training };
    }
    case 'epoch':
      return { ...now, epoch: line.epoch, validation: line[keyOf('val', primary)] ?? now.validation };
    default:
      return undefined;
  }
}

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRun } from '../runs/run-folder.js';
import { writeFileAtomic } from '../util/writing/atomic-write.js';
import { runFailed } from '../util/errors.js';
import type { Interruption } from '../util/interruption.js';
import { makeFolder } from '../util/writing/make-folder.js';
import { shownPath } from '../util/shown-path.js';
import type { JobProgress } from './events.js';
import { tailOf } from './job-process.js';
import { isFinished, readOutcome, type RunOutcome } from './outcome.js';
import { readProgress } from './run-progress.js';
import { askAccounts, askQueue, cancel, submit, type SlurmTask } from './slurm-commands.js';
import type { SlurmOptions } from './slurm-options.js';
import { slurmRunScript, type SlurmRun } from './slurm-run-script.js';
import { verdictOn } from './slurm-verdict.js';

/** Hears what becomes of the job. */
export interface SlurmRunListener {
  note(text: string): void;
  /** An epoch more has been done. */
  progress(progress: JobProgress): void;
}

export interface SlurmRunRequest extends Omit<SlurmRun, 'folder'> {
  /** The run folder as the user would type it. */
  readonly shown: string;
  /** Of the experiment: part of the job's name. */
  readonly name: string;
  readonly settings: SlurmOptions;
  /** Takes the job out of the queue. */
  readonly stop: Pick<Interruption, 'signal'>;
  readonly listener: SlurmRunListener;
}

/** How often in a row the queue may not answer, and a shared disk may not show a finished run yet. */
const MOST_SILENCE = 30;

/**
 * Has Slurm do one run, and follows it to its end. What was preempted, cancelled or lost its node is submitted again, a
 * limited number of times, and goes on from its checkpoint. A follower that is killed leaves the job to Slurm: the next
 * call finds it by its name.
 *
 * @returns how the run ended; undefined where it was told to stop first
 * @throws InvolveError: 1 where the job failed, 2 where sbatch refuses an option, 3 where there is no Slurm
 */
export async function runOnSlurm(request: SlurmRunRequest): Promise<RunOutcome | undefined> {
  const follower = new RunFollower(request);
  await follower.begin();
  return follower.follow();
}

// --- internal ---

class RunFollower {
  readonly #folder: string;
  #submission = '';
  #retries = 0;
  /** How often Slurm called the job complete, and the run was not seen to be. */
  #unseen = 0;
  #state: string | undefined;
  #epoch = 0;

  constructor(private readonly request: SlurmRunRequest) {
    // Beside the run folder, which the run itself makes.
    this.#folder = `${request.dir}.slurm`;
  }

  /** Submits the job, or finds the one that an earlier call has submitted. */
  async begin(): Promise<void> {
    const before = await readFile(this.#record, 'utf8').catch(() => '');
    const [task] = before === '' ? [] : ((await askQueue([before])) ?? []);
    const verdict = task && verdictOn(task);
    if (verdict === 'queued' || verdict === 'running') {
      this.#submission = before;
      this.request.listener.note(`Slurm has this run already, as job ${task!.task}`);
    } else await this.#submit();
  }

  async follow(): Promise<RunOutcome | undefined> {
    const { stop, settings, dir, listener } = this.request;
    let silence = 0;
    let wasTold = false;
    for (;;) {
      if (stop.signal.aborted && !wasTold) {
        wasTold = true;
        await cancel([this.#submission]);
      }
      const queue = await askQueue([this.#submission]);
      silence = queue === undefined ? silence + 1 : 0;
      if (silence > MOST_SILENCE) throw noAnswer(this.request.shown);
      const task = queue && (queue[0] ?? (await askAccounts([this.#submission]))[0]);
      if (queue !== undefined) {
        const verdict = verdictOn(task);
        if (verdict === 'queued' || verdict === 'running') await this.#look(verdict, task!);
        else if (await isFinished(dir)) return await readOutcome(dir);
        else if (verdict === 'failed') throw await this.#failure(task, `Slurm: ${task!.state}`);
        else if (verdict === 'completed') {
          if (++this.#unseen > MOST_SILENCE)
            throw await this.#failure(task, 'Slurm calls it complete, but its run is not');
        } else if (wasTold) return undefined;
        else {
          const state = task?.state ?? 'lost';
          if (++this.#retries > settings.requeues)
            throw await this.#failure(task, `Slurm: ${state}, ${this.#retries} times`);
          listener.note(`Slurm: ${state}; submitted again (${this.#retries} of ${settings.requeues})`);
          await this.#submit();
        }
      }
      await this.#pause();
    }
  }

  get #record(): string {
    return join(this.#folder, 'submission');
  }

  async #submit(): Promise<void> {
    const { settings, dir, cwd, name, listener } = this.request;
    this.#submission = `${name}-${randomBytes(4).toString('hex')}`;
    this.#state = undefined;
    const script = join(this.#folder, `${this.#submission}.sh`);
    await makeFolder(this.#folder);
    const hasThreads = this.request.hasThreads || (await isRun(dir));
    const run = { ...this.request, folder: this.#folder, hasThreads };
    await writeFileAtomic(script, slurmRunScript(run, settings, this.#submission));
    // Should this process die now, the next one asks Slurm for that name.
    await writeFileAtomic(this.#record, this.#submission);
    const job = await submit(script);
    listener.note(`Slurm job ${job}: ${shownPath(cwd, script)}`);
  }

  async #look(verdict: 'queued' | 'running', { task, state }: SlurmTask): Promise<void> {
    const { dir, listener } = this.request;
    if (this.#state !== state) {
      this.#state = state;
      listener.note(`Slurm job ${task}: ${state.toLowerCase()}`);
    }
    if (verdict === 'queued') return;
    const progress = await readProgress(dir);
    if (progress === undefined || progress.epoch <= this.#epoch) return;
    this.#epoch = progress.epoch;
    listener.progress(progress);
  }

  async #failure(task: SlurmTask | undefined, reason: string): Promise<Error> {
    const array = task?.task.split('_')[0];
    const log = join(this.#folder, `${array}.log`);
    const said = tailOf(await readFile(log, 'utf8').catch(() => ''));
    const told = said
      .filter((line) => /\berror: /.test(line))
      .map((line) => line.trim().replace(/^error: /, ''));
    const code = task?.exitCode ? `, exit code ${task.exitCode}` : '';
    return runFailed('E_SLURM_RUN', {
      what: `the job has failed (${reason}${code})${told.length > 0 ? `: ${told[0]}` : ''}`,
      where: shownPath(this.request.cwd, log),
      try: 'the log says more; --resume goes on from the last checkpoint',
    });
  }

  /** Until the next look at the queue, or until it is told to stop. */
  async #pause(): Promise<void> {
    const { stop, settings } = this.request;
    if (stop.signal.aborted) return void (await sleep(Math.min(1, settings.poll) * 1000));
    await sleep(settings.poll * 1000, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

function noAnswer(where: string): Error {
  return runFailed('E_NO_SLURM', {
    what: 'squeue does not answer',
    where,
    try: 'the job goes on without it; the same command with --resume finds it again',
  });
}

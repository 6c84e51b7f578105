import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRun } from '../runs/run-folder.js';
import { writeFileAtomic } from '../util/writing/atomic-write.js';
import { runFailed } from '../util/errors.js';
import { shownPath } from '../util/shown-path.js';
import { tailOf } from './job-process.js';
import type { LaunchOptions, Launcher } from './launcher.js';
import type { LedgerJob } from './ledger-file.js';
import { isFinished, readOutcome } from './outcome.js';
import type { SweepJob } from './plan.js';
import { readProgress } from './run-progress.js';
import { askAccounts, askQueue, cancel, submit, type SlurmTask } from './slurm-commands.js';
import type { SlurmOptions } from './slurm-options.js';
import { slurmScript } from './slurm-script.js';
import { verdictOn } from './slurm-verdict.js';
import { waitForWriter } from './wait-for-writer.js';
import { makeFolder } from '../util/writing/make-folder.js';

/** Tasks in one array; Slurm's default limit is 1001. */
const MOST_TASKS = 1000;
/** How often in a row the queue may not answer, and a shared disk may not show a finished run yet. */
const MOST_SILENCE = 30;

/**
 * Jobs as Slurm job arrays, followed until all have left the queue. What was preempted, cancelled or lost
 * its node goes into another array, a limited number of times. A follower that is killed leaves the jobs
 * to Slurm: the next call finds them by the names of their arrays.
 */
export function slurmLauncher(settings: SlurmOptions): Launcher {
  return async (open, options) => {
    const follower = new Follower(settings, options);
    await follower.take(open);
    await follower.follow();
  };
}

// --- internal ---

class Follower {
  /** The jobs that Slurm has. */
  readonly #jobs = new Map<string, SweepJob>();
  readonly #retries = new Map<string, number>();
  /** How often Slurm called a job complete whose run is not seen to be. */
  readonly #unseen = new Map<string, number>();
  /** No further jobs: one has failed, or the sweep was told to stop. */
  #isClosing = false;

  constructor(
    private readonly settings: SlurmOptions,
    private readonly options: LaunchOptions,
  ) {}

  /** Submits jobs; those that an earlier call submitted are followed. */
  async take(open: readonly SweepJob[]): Promise<void> {
    const { ledger } = this.options;
    const fresh: SweepJob[] = [];
    for (const job of open) {
      if (ledger.of(job).slurm !== undefined) this.#jobs.set(job.id, job);
      else if (await waitForWriter(job, this.options)) fresh.push(job);
    }
    await this.#submit(fresh);
  }

  async follow(): Promise<void> {
    const { stop } = this.options;
    let silence = 0;
    let wasTold = false;
    while (this.#jobs.size > 0) {
      if (stop.signal.aborted && !wasTold) {
        wasTold = this.#isClosing = true;
        await cancel(this.#submissions());
      }
      const again: SweepJob[] = [];
      const tasks = await this.#ask();
      silence = tasks === undefined ? silence + 1 : 0;
      if (silence > MOST_SILENCE) throw noAnswer(this.options.plan.shown);
      if (tasks !== undefined) {
        for (const job of [...this.#jobs.values()]) {
          if (await this.#look(job, tasks)) again.push(job);
        }
      }
      await this.#submit(again);
      if (this.#jobs.size > 0) await this.#pause();
    }
  }

  async #submit(jobs: readonly SweepJob[]): Promise<void> {
    const { plan, ledger, listener, stop } = this.options;
    const folder = join(plan.dir, 'slurm');
    for (let first = 0; first < jobs.length && !stop.signal.aborted; first += MOST_TASKS) {
      const some = jobs.slice(first, first + MOST_TASKS);
      const submission = `${plan.name}-${randomBytes(4).toString('hex')}`;
      const script = join(folder, `${submission}.sh`);
      const begun = new Set<string>();
      for (const job of some) if (await isRun(job.dir)) begun.add(job.id);
      await makeFolder(folder);
      await writeFileAtomic(script, slurmScript(plan, some, this.settings, submission, begun));
      // First the ledger: should this process die now, the next one asks Slurm for that name.
      await ledger.updateAll(
        some.map((job, index) => [
          job,
          {
            state: 'queued',
            attempts: ledger.of(job).attempts + 1,
            slurm: { submission, index },
            process: undefined,
            failure: undefined,
            endedAt: undefined,
          },
        ]),
      );
      try {
        const array = await submit(script);
        listener({ type: 'submit', jobs: some, array, script: shownPath(plan.cwd, script) });
      } catch (error) {
        await ledger.updateAll(
          some.map((job) => [
            job,
            {
              state: begun.has(job.id) ? 'stopped' : 'pending',
              attempts: ledger.of(job).attempts - 1,
              slurm: undefined,
            },
          ]),
        );
        throw error;
      }
      for (const job of some) this.#jobs.set(job.id, job);
    }
  }

  /** What Slurm says of every job that is followed; undefined when it does not answer. */
  async #ask(): Promise<Map<string, SlurmTask> | undefined> {
    const submissions = this.#submissions();
    const queue = await askQueue(submissions);
    if (queue === undefined) return undefined;
    const known = new Map(queue.map((task) => [keyOf(task), task]));
    const { ledger } = this.options;
    const isMissing = [...this.#jobs.values()].some((job) => !known.has(keyOf(ledger.of(job).slurm!)));
    const past = isMissing ? await askAccounts(submissions) : [];
    return new Map([...past.map((task) => [keyOf(task), task] as const), ...known]);
  }

  /** Takes note of what became of a job; true when it is to be submitted again. */
  async #look(job: SweepJob, tasks: ReadonlyMap<string, SlurmTask>): Promise<boolean> {
    const { ledger, listener } = this.options;
    const before = ledger.of(job);
    const task = tasks.get(keyOf(before.slurm!));
    const verdict = verdictOn(task);
    if (verdict === 'queued' || verdict === 'running') {
      if (before.state !== verdict) await this.#moved(job, verdict, task!);
      if (verdict === 'running') await this.#progress(job);
      return false;
    }
    if (await isFinished(job.dir)) {
      await this.#end(job, { state: 'done' });
      return false;
    }
    const state = task?.state ?? 'lost';
    if (verdict === 'completed') {
      const times = (this.#unseen.get(job.id) ?? 0) + 1;
      this.#unseen.set(job.id, times);
      if (times > MOST_SILENCE) await this.#fail(job, task, 'Slurm calls it complete, but its run is not');
      return false;
    }
    if (verdict === 'failed') {
      const code = task?.exitCode ? `, exit code ${task.exitCode}` : '';
      await this.#fail(job, task, `Slurm: ${state}${code}`);
      return false;
    }
    if (this.#isClosing) {
      await this.#end(job, { state: (await isRun(job.dir)) ? 'stopped' : 'pending' });
      return false;
    }
    const retries = (this.#retries.get(job.id) ?? 0) + 1;
    this.#retries.set(job.id, retries);
    if (retries > this.settings.requeues) {
      await this.#fail(job, task, `Slurm: ${state}, ${retries} times`);
      return false;
    }
    listener({ type: 'requeue', job, reason: `Slurm: ${state}`, attempt: retries });
    this.#jobs.delete(job.id);
    return true;
  }

  async #moved(job: SweepJob, state: 'queued' | 'running', { task }: SlurmTask): Promise<void> {
    const { ledger, listener } = this.options;
    const slurm = { ...ledger.of(job).slurm!, task };
    const started = state === 'running' ? { startedAt: new Date().toISOString() } : {};
    await ledger.update(job, { state, slurm, ...started });
    if (state === 'running')
      listener({ type: 'start', job, resumed: await isRun(job.dir), by: `Slurm job ${task}` });
  }

  async #progress(job: SweepJob): Promise<void> {
    const progress = await readProgress(job.dir);
    if (progress !== undefined) this.options.listener({ type: 'progress', job, progress });
  }

  async #fail(job: SweepJob, task: SlurmTask | undefined, reason: string): Promise<void> {
    const log = join(this.options.plan.dir, 'slurm', `${task?.task}.log`);
    const stderr = tailOf(await readFile(log, 'utf8').catch(() => ''));
    await this.#end(job, {
      state: 'failed',
      failure: { exitCode: task?.exitCode ?? null, signal: null, reason, stderr },
    });
    if (this.options.keepGoing || this.#isClosing) return;
    this.#isClosing = true;
    await cancel(this.#submissions(), 'PENDING');
  }

  async #end(job: SweepJob, changes: Partial<LedgerJob>): Promise<void> {
    const { ledger, listener } = this.options;
    this.#jobs.delete(job.id);
    await ledger.update(job, { ...changes, slurm: undefined, endedAt: new Date().toISOString() });
    listener({ type: 'end', job, entry: ledger.of(job), outcome: await readOutcome(job.dir) });
  }

  #submissions(): string[] {
    const { ledger } = this.options;
    return [...new Set([...this.#jobs.values()].map((job) => ledger.of(job).slurm!.submission))];
  }

  /** Until the next look at the queue, or until the sweep is told to stop. */
  async #pause(): Promise<void> {
    const { signal } = this.options.stop;
    if (signal.aborted) return void (await sleep(Math.min(1, this.settings.poll) * 1000));
    await sleep(this.settings.poll * 1000, undefined, { signal }).catch(() => undefined);
  }
}

function keyOf({ submission, index }: { readonly submission: string; readonly index: number }): string {
  return `${submission} ${index}`;
}

function noAnswer(where: string): Error {
  return runFailed('E_NO_SLURM', {
    what: 'squeue does not answer',
    where,
    try: 'the jobs go on without it; the same command finds them again',
  });
}

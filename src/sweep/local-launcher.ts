import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { isRun } from '../runs/run-folder.js';
import { badInput, ExitCode } from '../util/errors.js';
import { JobProcess, type JobEnd } from './job-process.js';
import type { LaunchOptions, Launcher } from './launcher.js';
import { LEDGER, type LedgerJob } from './ledger-file.js';
import { isFinished, readOutcome } from './outcome.js';
import type { SweepJob } from './plan.js';
import { waitForWriter } from './wait-for-writer.js';

/** Jobs as child processes of this one, `atOnce` at a time, which share the cores. */
export function localLauncher(atOnce: number): Launcher {
  const threads = Math.max(1, Math.floor(availableParallelism() / atOnce));
  return async (open, options) => {
    refuseSlurmJobs(open, options);
    const queue = [...open];
    const goesOn = (): boolean => queue.length > 0 && !options.stop.signal.aborted;
    const work = async (): Promise<void> => {
      try {
        while (goesOn()) {
          const state = await runJob(queue.shift()!, threads, options);
          if (state === 'failed' && !options.keepGoing) queue.length = 0;
        }
      } catch (error) {
        queue.length = 0;
        throw error;
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: Math.min(atOnce, open.length) }, work));
    const broken = workers.find((worker) => worker.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
  };
}

// --- internal ---

function refuseSlurmJobs(open: readonly SweepJob[], { plan, ledger }: LaunchOptions): void {
  const there = open.filter((job) => ledger.of(job).slurm !== undefined);
  if (there.length === 0) return;
  throw badInput('E_SWEEP_IN_SLURM', {
    what: `${there.length} jobs of the sweep were given to Slurm`,
    where: join(plan.shown, LEDGER),
    try: '--launcher slurm, which looks where they are and goes on',
  });
}

async function runJob(
  job: SweepJob,
  threads: number,
  options: LaunchOptions,
): Promise<LedgerJob['state'] | undefined> {
  const { plan, ledger, stop, listener } = options;
  if (!(await waitForWriter(job, options))) return undefined;
  if (await isFinished(job.dir)) {
    await ledger.update(job, { state: 'done', process: undefined, failure: undefined });
    listener({ type: 'end', job, entry: ledger.of(job), outcome: await readOutcome(job.dir) });
    return 'done';
  }
  // A run that has begun keeps its threads, so that it goes on bit for bit.
  const resumed = await isRun(job.dir);
  const ownThreads = resumed || job.experiment.engine.threads !== null;
  const child = new JobProcess(job, plan.cwd, ownThreads ? undefined : threads, (progress) =>
    listener({ type: 'progress', job, progress }),
  );
  // Whatever it was that told this process: to a child it is one of the two that end it.
  const pass = (): void => child.kill(stop.name === 'SIGINT' ? 'SIGINT' : 'SIGTERM');
  stop.signal.addEventListener('abort', pass, { once: true });
  if (stop.signal.aborted) pass();
  try {
    const { attempts } = ledger.of(job);
    await ledger.update(job, {
      state: 'running',
      attempts: attempts + 1,
      process: child.process,
      slurm: undefined,
      failure: undefined,
      startedAt: new Date().toISOString(),
      endedAt: undefined,
    });
    listener({ type: 'start', job, resumed, by: `process ${child.process?.pid ?? '–'}` });
    const end = await child.ended;
    await ledger.update(job, {
      ...(await verdict(job, end, stop.signal.aborted)),
      process: undefined,
      endedAt: new Date().toISOString(),
    });
  } catch (error) {
    // The ledger cannot be written, or the child not started: nothing is left behind.
    child.kill('SIGTERM');
    throw error;
  } finally {
    stop.signal.removeEventListener('abort', pass);
  }
  const entry = ledger.of(job);
  listener({ type: 'end', job, entry, outcome: await readOutcome(job.dir) });
  return entry.state;
}

async function verdict(job: SweepJob, end: JobEnd, wasStopped: boolean): Promise<Partial<LedgerJob>> {
  const { exitCode, signal, stderr } = end;
  if (exitCode === 0 && (await isFinished(job.dir))) return { state: 'done' };
  if (wasStopped && (signal !== null || isStop(exitCode))) return { state: 'stopped' };
  return { state: 'failed', failure: { exitCode, signal, stderr } };
}

/** What a run ends with that saved its state at a signal. */
function isStop(exitCode: number | null): boolean {
  return exitCode === ExitCode.interrupted || exitCode === ExitCode.terminated;
}

import { rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as jobProcess from './job-process.js';
import type { JobEnd } from './job-process.js';
import { readLedger, type LedgerJob } from './ledger-file.js';
import { localLauncher } from './local-launcher.js';
import { openSweep } from './open-sweep.js';
import type { SweepJob, SweepPlan } from './plan.js';
import { pretendRun, SweepFolder, TestLaunch } from './testing.js';

/** Processes of jobs that end when and as the test says. */
const children = vi.hoisted(() => [] as FakeProcess[]);
vi.mock('./job-process.js', async (original) => ({
  ...(await original<typeof jobProcess>()),
  JobProcess: function (job: SweepJob, cwd: string, threads: number | undefined) {
    return new FakeProcess(job, cwd, threads);
  },
}));

class FakeProcess {
  readonly ended: Promise<JobEnd>;
  readonly killed: string[] = [];
  /** None that could be waited for. */
  readonly process = undefined;
  end!: (exitCode: number | null, more?: Partial<JobEnd>) => void;

  constructor(
    readonly job: SweepJob,
    readonly cwd: string,
    readonly threads: number | undefined,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = (exitCode, more = {}) => resolve({ exitCode, signal: null, stderr: [], ...more });
    });
    children.push(this);
  }

  kill(signal: string): void {
    this.killed.push(signal);
  }
}

const IDS = ['epochs-1/seed-0', 'epochs-2/seed-0', 'epochs-3/seed-0'];
let folder: SweepFolder;
let plan: SweepPlan;
let launch: TestLaunch;
beforeEach(() => {
  folder = new SweepFolder();
  plan = folder.plan({ name: 's', base: 'base.json', grid: { 'train.epochs': [1, 2, 3] } });
  children.length = 0;
  launch = new TestLaunch();
});
afterEach(() => folder.remove());

/** Runs the jobs; each process ends as `end` says once the ledger has it. The ledger on the disk afterwards. */
async function run(
  end: (child: FakeProcess, n: number) => void,
  { atOnce = 1, keepGoing = false, at = plan } = {},
): Promise<LedgerJob[]> {
  const { ledger, close } = await openSweep(at);
  const { stop, listener } = launch;
  launch.onEvent = (event) => {
    if (event.type !== 'start') return;
    const n = children.findLastIndex(({ job }) => job.id === event.job.id);
    end(children[n], n);
  };
  try {
    await localLauncher(atOnce)(at.jobs, { plan: at, ledger, keepGoing, stop, listener });
  } finally {
    await close();
  }
  return [...(await readLedger(at.dir))!.jobs];
}

const finish = (child: FakeProcess): void => {
  pretendRun(child.job, 'done');
  child.end(0);
};
const started = (): string[] => children.map(({ job }) => job.id);
const states = (jobs: readonly LedgerJob[]): string[] => jobs.map(({ state }) => state);

describe('jobs on this machine', () => {
  it('run one after the other, and are done', async () => {
    const jobs = await run(finish);
    expect(launch.told).toEqual(IDS.flatMap((id) => [`${id} start`, `${id} done`]));
    expect(states(jobs)).toEqual(['done', 'done', 'done']);
    for (const job of jobs) {
      expect(job).toMatchObject({ attempts: 1, startedAt: expect.any(String), endedAt: expect.any(String) });
      expect(job).not.toHaveProperty('process');
    }
    expect(children.every(({ cwd }) => cwd === folder.path)).toBe(true);
  });

  it('run as many at once as they may, never more', async () => {
    const running = new Set<FakeProcess>();
    let most = 0;
    await run(
      (child) => {
        running.add(child);
        most = Math.max(most, running.size);
        // Time for a third to be started, were that allowed.
        if (running.size < 2 && children.length < 3) return;
        setTimeout(() => {
          for (const each of running) finish(each);
          running.clear();
        }, 20);
      },
      { atOnce: 2 },
    );
    expect(most).toBe(2);
    expect(started().sort()).toEqual(IDS);
  });

  it('stand in the ledger as running before anybody hears of them', async () => {
    const seen: Promise<unknown>[] = [];
    await run((child) => {
      seen.push(
        readLedger(plan.dir).then((file) => {
          finish(child);
          return file!.jobs.map(({ state, attempts }) => `${state} ${attempts}`);
        }),
      );
    });
    expect(await Promise.all(seen)).toEqual([
      ['running 1', 'pending 0', 'pending 0'],
      ['done 1', 'running 1', 'pending 0'],
      ['done 1', 'done 1', 'running 1'],
    ]);
  });

  it('share the cores, but keep the threads that they began with or that their config names', async () => {
    const cores = availableParallelism();
    pretendRun(plan.jobs[1]);
    await run(finish);
    expect(children.map(({ threads }) => threads)).toEqual([cores, undefined, cores]);
    expect(launch.events.flatMap((event) => (event.type === 'start' ? [event.resumed] : []))).toEqual([
      ...[false, true, false],
    ]);
    children.length = 0;
    const named = folder.plan({ name: 'named', base: 'base.json', set: { 'engine.threads': 1 } });
    await run(finish, { at: named });
    const many = folder.plan({ name: 'many', base: 'base.json' });
    await run(finish, { at: many, atOnce: 2 * cores });
    expect(children.map(({ threads }) => threads)).toEqual([undefined, 1]);
  });

  it('are not started where their run is finished already', async () => {
    pretendRun(plan.jobs[0], 'plateau');
    const { ledger, close } = await openSweep(plan);
    // The ledger of a sweep that was killed may know less than the folders do.
    await ledger.update(plan.jobs[0], {
      state: 'failed',
      failure: { exitCode: 1, signal: null, stderr: [] },
    });
    await localLauncher(1)([plan.jobs[0]], { plan, ledger, keepGoing: false, ...launch });
    expect(children).toEqual([]);
    expect(ledger.of(plan.jobs[0])).toMatchObject({ state: 'done', attempts: 0, failure: undefined });
    expect(launch.events).toMatchObject([{ type: 'end', outcome: { summary: { outcome: 'plateau' } } }]);
    await close();
  });

  it('that Slurm has are left to it', async () => {
    const { ledger, close } = await openSweep(plan);
    await ledger.update(plan.jobs[1], { state: 'queued', slurm: { submission: 's-1', index: 0 } });
    await expect(
      localLauncher(1)(plan.jobs, { plan, ledger, keepGoing: false, ...launch }),
    ).rejects.toMatchObject({
      ...{ code: 'E_SWEEP_IN_SLURM', exitCode: 2, message: '1 jobs of the sweep were given to Slurm' },
    });
    expect(children).toEqual([]);
    await close();
  });
});

describe('a job that fails', () => {
  const fail = (child: FakeProcess, n: number): void =>
    n === 0 ? child.end(1, { stderr: ['error: no'] }) : finish(child);

  it('is the last, and its words are kept', async () => {
    const jobs = await run(fail);
    expect(states(jobs)).toEqual(['failed', 'pending', 'pending']);
    expect(jobs[0].failure).toEqual({ exitCode: 1, signal: null, stderr: ['error: no'] });
  });

  it('is not the last where the others are to go on', async () => {
    expect(states(await run(fail, { keepGoing: true }))).toEqual(['failed', 'done', 'done']);
  });

  it('loses what it failed with when it is tried again', async () => {
    await run(fail);
    children.length = 0;
    const [job] = await run(finish);
    expect(job).toMatchObject({ state: 'done', attempts: 2 });
    expect(job).not.toHaveProperty('failure');
  });

  it.each<[string, number | null, Partial<JobEnd>]>([
    ['ended well without a run that is finished', 0, {}],
    ['was killed', null, { signal: 'SIGKILL' }],
    ['saved, though nobody told it to stop', 143, {}],
  ])('is one that %s', async (_, exitCode, more) => {
    const [job] = await run((child) => child.end(exitCode, more));
    expect(job).toMatchObject({ state: 'failed', failure: { exitCode, signal: more.signal ?? null } });
  });
});

describe('a sweep that is told to stop', () => {
  it.each<[string, number | null, Partial<JobEnd>, string]>([
    ['saved', 130, {}, 'stopped'],
    ['saved', 143, {}, 'stopped'],
    ['was killed by it', null, { signal: 'SIGTERM' }, 'stopped'],
    ['failed all the same', 1, {}, 'failed'],
  ])('passes the signal on and starts nothing more: a job that %s (%s)', async (_, exitCode, more, state) => {
    const jobs = await run((child) => {
      pretendRun(child.job);
      launch.abort('SIGINT');
      child.end(exitCode, more);
    });
    expect(children.map(({ killed }) => killed)).toEqual([['SIGINT']]);
    expect(states(jobs)).toEqual([state, 'pending', 'pending']);
  });

  it('lets a job that ended well meanwhile be done', async () => {
    const jobs = await run((child) => {
      launch.abort('SIGTERM');
      finish(child);
    });
    expect(states(jobs)).toEqual(['done', 'pending', 'pending']);
  });

  it('before anything was started starts nothing', async () => {
    launch.abort('SIGTERM');
    expect(states(await run(finish))).toEqual(['pending', 'pending', 'pending']);
    expect(children).toEqual([]);
  });
});

it('a ledger that cannot be written ends the jobs and the sweep', async () => {
  const { ledger, close } = await openSweep(plan);
  const { stop, listener } = launch;
  const gone = { plan, ledger, keepGoing: true, stop, listener };
  rmSync(join(plan.dir, 'run.lock'));
  rmSync(plan.dir, { recursive: true });
  await expect(localLauncher(1)(plan.jobs, gone)).rejects.toMatchObject({ code: 'E_NOT_WRITABLE' });
  expect(children.map(({ killed }) => killed)).toEqual([['SIGTERM']]);
  await close();
});

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as timers from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import { readLedger, type LedgerJob } from './ledger-file.js';
import { openSweep } from './open-sweep.js';
import type { SweepJob, SweepPlan } from './plan.js';
import * as slurm from './slurm-commands.js';
import { slurmLauncher } from './slurm-launcher.js';
import { slurmOptions } from './slurm-options.js';
import { pretendRun, SweepFolder, TestLaunch } from './testing.js';

vi.mock('./slurm-commands.js', async (original) => ({
  ...(await original<typeof slurm>()),
  submit: vi.fn(),
  askQueue: vi.fn(),
  askAccounts: vi.fn(),
  cancel: vi.fn(),
}));
/** Nothing waits: how long it would have is what is looked at. */
vi.mock('node:timers/promises', async (original) => ({
  ...(await original<typeof timers>()),
  setTimeout: vi.fn(() => Promise.resolve()),
}));
const waits = () => vi.mocked(timers.setTimeout).mock.calls.map(([ms]) => ms);

/** A Slurm of a few lines: arrays whose tasks stand as the test says. */
class FakeSlurm {
  /** By the name of the array. */
  readonly arrays = new Map<
    string,
    { readonly jobs: readonly string[]; readonly states: Map<string, string> }
  >();
  readonly cancelled: string[] = [];
  /** Called before each answer of the queue, with how often it was asked before. */
  onAsk: (asked: number) => void = () => undefined;
  /** False: squeue does not answer. */
  answers = true;
  /** Whether ended tasks are still in the queue, or in the accounts alone. */
  keeps = true;
  asked = 0;

  constructor() {
    vi.mocked(slurm.submit)
      .mockReset()
      .mockImplementation((script) => Promise.resolve(this.submit(script)));
    vi.mocked(slurm.askQueue)
      .mockReset()
      .mockImplementation((names) => {
        this.onAsk(this.asked++);
        return Promise.resolve(this.answers ? this.tasks(names, this.keeps) : undefined);
      });
    vi.mocked(slurm.askAccounts)
      .mockReset()
      .mockImplementation((names) => Promise.resolve(this.tasks(names, true)));
    vi.mocked(slurm.cancel)
      .mockReset()
      .mockImplementation((names, only) => {
        this.cancelled.push([...names, ...(only ? [only] : [])].join(' '));
        return Promise.resolve();
      });
  }

  /** All jobs of the newest array that has this one. */
  set(job: string, state: string): void {
    const array = [...this.arrays.values()].findLast(({ jobs }) => jobs.includes(job))!;
    array.states.set(job, state);
  }

  submit(path: string): string {
    const script = readFileSync(path, 'utf8');
    const name = /--job-name=(\S+)/.exec(script)![1];
    const jobs = [...script.matchAll(/^ {2}'(\S+) (\d+)/gm)].map(([, job, seed]) => `${job}/seed-${seed}`);
    this.arrays.set(name, { jobs, states: new Map(jobs.map((job) => [job, 'PENDING'])) });
    return String(100 + this.arrays.size);
  }

  /** `FAILED 3` is a state with an exit code. */
  tasks(names: readonly string[], withEnded: boolean): slurm.SlurmTask[] {
    return names.flatMap((submission) => {
      const { jobs, states } = this.arrays.get(submission) ?? { jobs: [], states: new Map<string, string>() };
      return jobs.flatMap((job, index) => {
        const [state, code] = states.get(job)!.split(' ');
        if (state === 'GONE' || (!withEnded && !['PENDING', 'RUNNING'].includes(state))) return [];
        return [
          {
            submission,
            index,
            task: `101_${index}`,
            state,
            exitCode: code === undefined ? null : Number(code),
          },
        ];
      });
    });
  }
}

const [A, B] = ['epochs-1/seed-0', 'epochs-2/seed-0'];
let folder: SweepFolder;
let plan: SweepPlan;
let cluster: FakeSlurm;
let launch: TestLaunch;
beforeEach(() => {
  folder = new SweepFolder();
  plan = folder.plan({ name: 's', base: 'base.json', grid: { 'train.epochs': [1, 2] } });
  cluster = new FakeSlurm();
  launch = new TestLaunch();
  vi.mocked(timers.setTimeout).mockClear();
});
afterEach(() => folder.remove());

const jobOf = (id: string): SweepJob => plan.jobs.find((job) => job.id === id)!;

/** Follows the jobs until none is left; the ledger as it is on the disk then. */
async function follow({ requeues = 1, keepGoing = false, open = plan.jobs } = {}): Promise<
  Record<string, LedgerJob>
> {
  const { ledger, close } = await openSweep(plan);
  const settings = { ...slurmOptions({}), requeues, poll: 20 };
  const { stop, listener } = launch;
  try {
    await slurmLauncher(settings)(open, { plan, ledger, keepGoing, stop, listener });
  } finally {
    await close();
  }
  const { jobs } = (await readLedger(plan.dir))!;
  return Object.fromEntries(jobs.map((job) => [job.folder, job]));
}

/** Only A is left to be done. */
function leaveOnlyA(): void {
  plan = { ...plan, jobs: [jobOf(A)] };
}

/** Ends a job well. */
function complete(id: string): void {
  pretendRun(jobOf(id), 'done');
  cluster.set(id, 'COMPLETED');
}

describe('jobs as an array', () => {
  it('are submitted once, followed while they wait and run, and done', async () => {
    const states: string[][] = [];
    cluster.onAsk = (asked) => {
      if (asked > 0) {
        const { jobs } = JSON.parse(readFileSync(join(plan.dir, 'ledger.json'), 'utf8')) as {
          jobs: LedgerJob[];
        };
        states.push(jobs.map(({ state, slurm: at }) => `${state} ${at?.task ?? '-'}`));
      }
      if (asked === 1) cluster.set(A, 'RUNNING');
      if (asked === 2) complete(A);
      if (asked === 3) complete(B);
    };
    const ledger = await follow();
    expect(cluster.arrays.size).toBe(1);
    expect(states).toEqual([
      ['queued -', 'queued -'],
      ['running 101_0', 'queued -'],
      ['done -', 'queued -'],
    ]);
    expect(launch.told).toEqual([`submit ${A} ${B}`, `${A} start`, `${A} done`, `${B} done`]);
    expect(launch.events.find(({ type }) => type === 'start')).toMatchObject({
      resumed: false,
      by: 'Slurm job 101_0',
    });
    for (const job of [ledger[A], ledger[B]]) expect(job).toMatchObject({ state: 'done', attempts: 1 });
    // Between two looks at the queue.
    expect(waits()).toEqual([20_000, 20_000, 20_000]);
    expect(ledger[A]).not.toHaveProperty('slurm');
    expect(ledger[A].endedAt).toBeDefined();
  });

  it('stand in the ledger before Slurm has them, so that another call finds them', async () => {
    let before: LedgerJob[] = [];
    vi.mocked(slurm.submit).mockImplementation((script) => {
      ({ jobs: before } = JSON.parse(readFileSync(join(plan.dir, 'ledger.json'), 'utf8')) as {
        jobs: LedgerJob[];
      });
      [A, B].forEach((id) => pretendRun(jobOf(id), 'done'));
      return Promise.resolve(cluster.submit(script));
    });
    cluster.onAsk = () => [A, B].forEach(complete);
    await follow();
    const [name] = cluster.arrays.keys();
    expect(before.map(({ state, slurm: at, attempts }) => [state, at, attempts])).toEqual([
      ['queued', { submission: name, index: 0 }, 1],
      ['queued', { submission: name, index: 1 }, 1],
    ]);
  });

  it('that an earlier call submitted are followed, not submitted', async () => {
    const dying = new Error('the follower is killed');
    cluster.onAsk = () => {
      throw dying;
    };
    await expect(follow()).rejects.toThrow(dying);
    cluster.onAsk = () => [A, B].forEach(complete);
    const ledger = await follow();
    expect(cluster.arrays.size).toBe(1);
    expect([ledger[A], ledger[B]].map(({ state, attempts }) => [state, attempts])).toEqual([
      ['done', 1],
      ['done', 1],
    ]);
  });

  it('are as they were before where sbatch refuses them', async () => {
    pretendRun(jobOf(A));
    vi.mocked(slurm.submit).mockRejectedValue(new Error('invalid partition'));
    await expect(follow()).rejects.toThrow('invalid partition');
    const { jobs } = (await readLedger(plan.dir))!;
    expect(jobs.map(({ state, attempts, slurm: at }) => [state, attempts, at])).toEqual([
      ['stopped', 0, undefined],
      ['pending', 0, undefined],
    ]);
    expect(launch.told).toEqual([]);
  });

  it('are a thousand at most', async () => {
    const open = Array.from({ length: 1001 }, () => jobOf(A));
    const sizes: number[] = [];
    vi.mocked(slurm.submit).mockImplementation((script) => {
      sizes.push(Number(/--array=0-(\d+)/.exec(readFileSync(script, 'utf8'))![1]) + 1);
      return sizes.length < 2 ? Promise.resolve('1') : Promise.reject(new Error('enough'));
    });
    await expect(follow({ open })).rejects.toThrow('enough');
    expect(sizes).toEqual([1000, 1]);
  });

  it('tell the last epoch of their run', async () => {
    const { dir } = jobOf(A);
    cluster.onAsk = (asked) => {
      if (asked === 0) {
        pretendRun(jobOf(A));
        const header = 'epoch,step,learning_rate,train_loss,train_top1,val_loss,val_top1,val_top5';
        const rest = 'images_per_second,data_ms,step_ms,epoch_seconds,peak_memory_mb';
        const rows = ['1,10,0.1,1.5,0.5,2,0.25,1,1,1,1,1,1', '2,20,0.1,1.25,0.5,2,0.5,1,1,1,1,1,1'];
        writeFileSync(join(dir, 'metrics.csv'), [`${header},${rest}`, ...rows, ''].join('\n'));
        cluster.set(A, 'RUNNING');
      }
      if (asked === 1) [A, B].forEach(complete);
    };
    await follow();
    expect(launch.events.find(({ type }) => type === 'start')).toMatchObject({ resumed: true });
    expect(launch.events.filter(({ type }) => type === 'progress')).toMatchObject([
      { progress: { epoch: 2, step: 20, training: 1.25, validation: 0.5, measured: classificationMetrics } },
    ]);
  });
});

describe('a job that ended before its end', () => {
  it('goes into another array, as often as it may', async () => {
    leaveOnlyA();
    cluster.onAsk = () => cluster.set(A, 'PREEMPTED');
    const ledger = await follow({ requeues: 2 });
    expect(launch.events.filter(({ type }) => type === 'requeue')).toMatchObject([
      { reason: 'Slurm: PREEMPTED', attempt: 1 },
      { reason: 'Slurm: PREEMPTED', attempt: 2 },
    ]);
    expect([...cluster.arrays.values()].map(({ jobs }) => jobs)).toEqual([[A], [A], [A]]);
    expect(ledger[A]).toMatchObject({
      ...{ state: 'failed', attempts: 3 },
      failure: { exitCode: null, signal: null, reason: 'Slurm: PREEMPTED, 3 times', stderr: [] },
    });
  });

  it('fails at once where it may not try again', async () => {
    leaveOnlyA();
    cluster.onAsk = () => cluster.set(A, 'NODE_FAIL');
    expect((await follow({ requeues: 0 }))[A]).toMatchObject({
      ...{ state: 'failed', attempts: 1 },
      failure: { reason: 'Slurm: NODE_FAIL, 1 times' },
    });
  });

  it('fails without a log where Slurm knows nothing of it and it may not try again', async () => {
    leaveOnlyA();
    cluster.onAsk = () => cluster.set(A, 'GONE');
    expect((await follow({ requeues: 0 }))[A]).toMatchObject({
      ...{ state: 'failed', attempts: 1 },
      failure: { exitCode: null, reason: 'Slurm: lost, 1 times', stderr: [] },
    });
  });

  it('is counted by itself, and may be done at the last try', async () => {
    cluster.onAsk = (asked) => {
      if (asked === 0) [A, B].forEach((id) => cluster.set(id, 'TIMEOUT'));
      else [A, B].forEach(complete);
    };
    const ledger = await follow({ requeues: 1 });
    expect([...cluster.arrays.values()].map(({ jobs }) => jobs)).toEqual([
      [A, B],
      [A, B],
    ]);
    expect([ledger[A].state, ledger[B].state]).toEqual(['done', 'done']);
  });

  it('is taken up again where Slurm knows nothing of it any more', async () => {
    leaveOnlyA();
    cluster.onAsk = (asked) => (asked === 0 ? cluster.set(A, 'GONE') : complete(A));
    await follow();
    expect(launch.events.filter(({ type }) => type === 'requeue')).toMatchObject([{ reason: 'Slurm: lost' }]);
  });

  it('is done where its run is, whatever Slurm calls it', async () => {
    leaveOnlyA();
    cluster.onAsk = () => {
      pretendRun(jobOf(A), 'plateau');
      cluster.set(A, 'CANCELLED');
    };
    expect((await follow())[A].state).toBe('done');
  });
});

describe('a job that failed', () => {
  it('says why, with the end of its log, and lets the others wait no longer', async () => {
    const log = join(plan.dir, 'slurm', '101_0.log');
    cluster.onAsk = (asked) => {
      if (asked === 0) {
        mkdirSync(join(plan.dir, 'slurm'), { recursive: true });
        writeFileSync(log, 'epoch 1\n\nerror: the loss is not a finite number\n');
        cluster.set(A, 'FAILED 1');
      } else cluster.set(B, 'CANCELLED');
    };
    const ledger = await follow();
    expect(ledger[A]).toMatchObject({
      state: 'failed',
      failure: {
        ...{ exitCode: 1, signal: null, reason: 'Slurm: FAILED, exit code 1' },
        stderr: ['epoch 1', 'error: the loss is not a finite number'],
      },
    });
    const [name] = cluster.arrays.keys();
    expect(cluster.cancelled).toEqual([`${name} PENDING`]);
    // Not tried again: there is no use in it.
    expect(ledger[B]).toMatchObject({ state: 'pending', attempts: 1 });
    expect(cluster.arrays.size).toBe(1);
  });

  it('stops no other where the sweep is to go on', async () => {
    cluster.onAsk = (asked) => (asked === 0 ? cluster.set(A, 'OUT_OF_MEMORY 0') : complete(B));
    const ledger = await follow({ keepGoing: true });
    expect(cluster.cancelled).toEqual([]);
    expect(ledger[A].failure).toMatchObject({ exitCode: 0, reason: 'Slurm: OUT_OF_MEMORY' });
    expect(ledger[B].state).toBe('done');
  });

  it('goes on where it was told to stop, and saved', async () => {
    cluster.onAsk = (asked) => {
      complete(B);
      if (asked === 0) cluster.set(A, 'FAILED 130');
      else complete(A);
    };
    expect((await follow())[A]).toMatchObject({ state: 'done', attempts: 2 });
  });
});

describe('a shared disk that is late', () => {
  it.each([
    [30, 'done'],
    [31, 'failed'],
  ])('may show a complete run after %i looks: %s', async (looks, state) => {
    leaveOnlyA();
    cluster.onAsk = (asked) => {
      cluster.set(A, 'COMPLETED');
      if (asked === looks) pretendRun(jobOf(A), 'done');
    };
    const ledger = await follow();
    expect(ledger[A].state).toBe(state);
    if (state === 'failed')
      expect(ledger[A].failure?.reason).toBe('Slurm calls it complete, but its run is not');
  });
});

describe('the queue', () => {
  it.each([
    [30, true],
    [31, false],
  ])('may be silent %i times in a row: %s', async (times, expected) => {
    cluster.onAsk = (asked) => {
      cluster.answers = asked >= times;
      [A, B].forEach(complete);
    };
    const followed = follow();
    if (expected) expect((await followed)[A].state).toBe('done');
    else await expect(followed).rejects.toMatchObject({ code: 'E_NO_SLURM', exitCode: 1 });
  });

  it('may be silent more often, but not in a row', async () => {
    cluster.onAsk = (asked) => {
      cluster.answers = asked % 20 === 19;
      if (asked === 59) [A, B].forEach(complete);
    };
    expect((await follow())[A].state).toBe('done');
  });

  it('is believed; the accounts are asked of what it has forgotten alone', async () => {
    cluster.keeps = false;
    cluster.onAsk = (asked) => {
      if (asked === 1) complete(A);
      if (asked === 2) complete(B);
    };
    const ledger = await follow();
    expect([ledger[A].state, ledger[B].state]).toEqual(['done', 'done']);
    expect(vi.mocked(slurm.askAccounts)).toHaveBeenCalledTimes(2);
    expect(cluster.asked).toBe(3);
  });
});

describe('a sweep that is told to stop', () => {
  it('takes its jobs out of the queue once, looks at them every second, and submits none again', async () => {
    cluster.onAsk = (asked) => {
      if (asked === 0) cluster.set(A, 'RUNNING');
      if (asked === 1) launch.abort('SIGINT');
      if (asked === 4) {
        pretendRun(jobOf(A));
        [A, B].forEach((id) => cluster.set(id, 'CANCELLED'));
      }
    };
    const ledger = await follow();
    const [name] = cluster.arrays.keys();
    expect(cluster.cancelled).toEqual([name]);
    expect(waits()).toEqual([20_000, 1000, 1000, 1000]);
    expect([ledger[A].state, ledger[B].state]).toEqual(['stopped', 'pending']);
    expect(cluster.arrays.size).toBe(1);
  });

  it('before it has submitted anything submits nothing', async () => {
    launch.abort('SIGTERM');
    const ledger = await follow();
    expect(cluster.arrays.size).toBe(0);
    expect(ledger[A]).toMatchObject({ state: 'pending', attempts: 0 });
  });
});

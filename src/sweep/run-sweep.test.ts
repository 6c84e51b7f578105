import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { thisProcess, type ProcessIdentity } from '../util/process-identity.js';
import type { LaunchOptions, Launcher } from './launcher.js';
import { openSweep } from './open-sweep.js';
import type { SweepJob, SweepPlan } from './plan.js';
import { runSweep } from './run-sweep.js';
import { pretendRun, SweepFolder, TestLaunch } from './testing.js';
import { waitForWriter } from './wait-for-writer.js';

let folder: SweepFolder;
let plan: SweepPlan;
let launch: TestLaunch;
beforeEach(() => {
  folder = new SweepFolder();
  plan = folder.plan({ name: 's', base: 'base.json', grid: { 'train.epochs': [1, 2] } });
  launch = new TestLaunch();
});
afterEach(() => folder.remove());

const isLocked = (): boolean => readdirSync(plan.dir).includes('run.lock');

describe('runSweep', () => {
  const run = (launcher: Launcher) => {
    const { stop, listener } = launch;
    return runSweep(plan, launcher, { keepGoing: false, stop, listener });
  };

  it('launches what is not done, and gives back how all jobs stand', async () => {
    pretendRun(plan.jobs[0], 'done');
    let launched: readonly SweepJob[] = [];
    const jobs = await run(async (open, { ledger }) => {
      launched = open;
      expect(isLocked()).toBe(true);
      await ledger.update(open[0], { state: 'failed' });
    });
    expect(launched).toEqual([plan.jobs[1]]);
    expect(jobs.map(({ state }) => state)).toEqual(['done', 'failed']);
    expect(launch.events).toEqual([{ type: 'begin', total: 2, open: 1 }]);
    expect(isLocked()).toBe(false);
  });

  it('launches nothing where all is done', async () => {
    for (const job of plan.jobs) pretendRun(job, 'done');
    const jobs = await run(() => Promise.reject(new Error('nothing to launch')));
    expect(jobs.map(({ state }) => state)).toEqual(['done', 'done']);
    expect(launch.events).toEqual([{ type: 'begin', total: 2, open: 0 }]);
  });

  it('frees the folder where the launcher fails', async () => {
    await expect(run(() => Promise.reject(new Error('no Slurm')))).rejects.toThrow('no Slurm');
    expect(isLocked()).toBe(false);
  });
});

describe('waitForWriter', () => {
  /** Waits for the first job, whose ledger names a process and whose folder a lock, where they are given. */
  async function wait(
    { process, owner }: { process?: ProcessIdentity; owner?: Partial<ProcessIdentity> },
    change: (options: LaunchOptions, job: SweepJob) => void = () => undefined,
  ): Promise<boolean> {
    const { ledger, close } = await openSweep(plan);
    const [job] = plan.jobs;
    await ledger.update(job, { process });
    mkdirSync(job.dir, { recursive: true });
    if (owner !== undefined) lock(job, owner);
    const { stop, listener } = launch;
    const options = { plan, ledger, keepGoing: false, stop, listener };
    launch.onEvent = () => change(options, job);
    try {
      return await waitForWriter(job, options);
    } finally {
      await close();
    }
  }
  const lock = ({ dir }: SweepJob, owner: Partial<ProcessIdentity>): void =>
    writeFileSync(
      join(dir, 'run.lock'),
      JSON.stringify({ ...thisProcess(), since: '', token: 't', ...owner }),
    );
  const gone = { pid: 2 ** 22 + 1 };

  it('does not wait where nobody writes, nor for who is gone or cannot be seen', async () => {
    expect(await wait({})).toBe(true);
    expect(await wait({ process: { ...thisProcess(), ...gone } })).toBe(true);
    expect(await wait({ owner: gone })).toBe(true);
    expect(await wait({ owner: { host: 'another' } })).toBe(true);
    expect(launch.events).toEqual([]);
  });

  it('waits for the process of the ledger, and tells it once', async () => {
    const waited = wait({ process: thisProcess() }, ({ ledger }, job) =>
      setTimeout(() => void ledger.update(job, { process: undefined }), 300),
    );
    expect(await waited).toBe(true);
    expect(launch.events).toMatchObject([{ type: 'wait', pid: process.pid }]);
  });

  it('waits for the owner of the run’s lock', async () => {
    expect(await wait({ owner: {} }, (_, job) => lock(job, gone))).toBe(true);
    expect(launch.events).toMatchObject([{ type: 'wait', pid: process.pid }]);
  });

  it('gives up where the sweep is told to stop', async () => {
    expect(await wait({ owner: {} }, () => launch.abort('SIGINT'))).toBe(false);
    expect(launch.events).toHaveLength(1);
  });
});

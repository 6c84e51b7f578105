import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { processOf } from '../util/process-identity.js';
import { InvolveError } from '../util/errors.js';
import { readLedger } from './ledger-file.js';
import { lookAt, openSweep } from './open-sweep.js';
import type { SweepPlan } from './plan.js';
import { pretendRun, SweepFolder } from './testing.js';

let folder: SweepFolder;
beforeEach(() => {
  folder = new SweepFolder();
});
afterEach(() => folder.remove());

const sweep = { name: 's', base: 'base.json', grid: { 'train.epochs': [1, 2] }, seeds: [0, 1] };

async function states(plan: SweepPlan): Promise<string[]> {
  const jobs = await lookAt(plan, await readLedger(plan.dir));
  return jobs.map(({ state }) => state);
}

/** Opens a sweep, notes a change of a job, and closes it. */
async function note(plan: SweepPlan, index: number, changes: object): Promise<void> {
  const { ledger, close } = await openSweep(plan);
  await ledger.update(plan.jobs[index], changes);
  await close();
}

async function problems(plan: SweepPlan): Promise<string[]> {
  try {
    await openSweep(plan);
  } catch (error) {
    if (error instanceof InvolveError)
      return [`${error.code} ${error.exitCode}`, ...error.problems.map(({ what }) => what)];
    throw error;
  }
  throw new Error('the sweep was expected to be refused');
}

describe('the ledger', () => {
  it('is written with a copy of the sweep file and the config of every job', async () => {
    const plan = folder.plan(sweep);
    await (await openSweep(plan)).close();
    const ledger = await readLedger(plan.dir);
    expect(ledger?.jobs.map(({ folder, state, attempts }) => [folder, state, attempts])).toEqual(
      plan.jobs.map(({ id }) => [id, 'pending', 0]),
    );
    expect(readFileSync(join(plan.dir, 'sweep.yaml'), 'utf8')).toBe(plan.source.text);
    expect(readFileSync(join(plan.dir, 'epochs-2', 'job.yaml'), 'utf8')).toContain('# train.epochs: 2\n');
  });

  it('has the seeds of a config share its file, which says the first of them', async () => {
    const plan = folder.plan({ ...sweep, seeds: [7, 5, 3] });
    await (await openSweep(plan)).close();
    expect(readFileSync(join(plan.dir, 'epochs-2', 'job.yaml'), 'utf8')).toContain('  seed: 7\n');
  });

  it('gives way to what the run folders show', async () => {
    const plan = folder.plan(sweep);
    await note(plan, 0, { state: 'done', attempts: 1 }); // its run was deleted since
    pretendRun(plan.jobs[1], 'done'); // ended after its sweep was killed
    pretendRun(plan.jobs[2]); // cut off
    pretendRun(plan.jobs[3], 'diverged');
    await note(plan, 3, { state: 'failed', attempts: 1, failure: { exitCode: 1, signal: null, stderr: [] } });
    expect(await states(plan)).toEqual(['pending', 'done', 'stopped', 'failed']);
    rmSync(join(plan.dir, 'ledger.json'));
    expect(await states(plan)).toEqual(['pending', 'done', 'stopped', 'stopped']);
  });

  it('keeps what Slurm has in its hands, and nothing that it had', async () => {
    const plan = folder.plan(sweep);
    const slurm = { submission: 's-1', index: 0 };
    await note(plan, 0, { state: 'queued', attempts: 1, slurm });
    await note(plan, 1, { state: 'running', attempts: 1, slurm });
    await note(plan, 2, { state: 'stopped', attempts: 1, slurm });
    await note(plan, 3, { state: 'running', attempts: 1 });
    expect(await states(plan)).toEqual(['queued', 'running', 'pending', 'pending']);
  });

  it('knows a process that still runs from one that is gone', async () => {
    const plan = folder.plan(sweep);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)']);
    const identity = processOf(child.pid!);
    await note(plan, 0, { state: 'running', attempts: 1, process: identity });
    await note(plan, 1, { state: 'running', attempts: 1, process: { ...identity, started: '1' } });
    // Its folder was deleted since, and the number of its process means another now.
    await note(plan, 2, { state: 'done', attempts: 1, process: identity });
    expect(await states(plan)).toEqual(['running', 'pending', 'pending', 'pending']);
    const ended = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await ended;
    pretendRun(plan.jobs[0]);
    expect(await states(plan)).toEqual(['stopped', 'pending', 'pending', 'pending']);
  });

  it('belongs to one process at a time', async () => {
    const plan = folder.plan(sweep);
    const { close } = await openSweep(plan);
    expect((await problems(plan)).join(' ')).toMatch(
      new RegExp(`^E_RUN_LOCKED 2 .* is in use by process ${process.pid} `),
    );
    await close();
    await (await openSweep(plan)).close();
  });

  it('is refused when it is damaged', async () => {
    const plan = folder.plan(sweep);
    await (await openSweep(plan)).close();
    writeFileSync(join(plan.dir, 'ledger.json'), '{"version": 1, "jobs": [');
    expect(await problems(plan)).toEqual(['E_LEDGER_DAMAGED 2', 'the ledger of the sweep cannot be read']);
  });
});

describe('a sweep that changed after it began', () => {
  beforeEach(async () => {
    const plan = folder.plan(sweep);
    pretendRun(plan.jobs[0], 'done');
    await note(plan, 0, { state: 'done', attempts: 1 });
  });

  it('may have more jobs', async () => {
    const more = folder.plan({ ...sweep, grid: { 'train.epochs': [3, 1, 2] }, seeds: [0, 1, 2] });
    const { ledger, close } = await openSweep(more);
    expect(ledger.jobs).toHaveLength(9);
    expect(ledger.of({ id: 'epochs-1/seed-0' }).state).toBe('done');
    await close();
  });

  it('may not lack jobs, begun or not', async () => {
    expect(await problems(folder.plan({ ...sweep, seeds: [0] }))).toEqual([
      'E_SWEEP_CHANGED 2',
      'the sweep no longer has epochs-1/seed-1, epochs-2/seed-1',
    ]);
  });

  it('may not have other jobs: each change is named once, with the jobs', async () => {
    expect(await problems(folder.plan({ ...sweep, set: { 'train.batchSize': 5 } }))).toEqual([
      'E_SWEEP_CHANGED 2',
      'train.batchSize is 5, but the sweep was started with 32 (epochs-1/seed-0, epochs-2/seed-0, epochs-1/seed-1, epochs-2/seed-1)',
    ]);
  });

  it('may compute elsewhere, which the jobs to come then do', async () => {
    const plan = folder.plan(sweep, { set: ['engine.threads=1', 'data.dir=elsewhere'] });
    const { ledger, close } = await openSweep(plan);
    expect(ledger.jobs.map(({ state }) => state)).toEqual(['done', 'pending', 'pending', 'pending']);
    await close();
    const config = readFileSync(plan.jobs[1].configFile, 'utf8');
    expect(config).toMatch(/^ {2}dir: elsewhere$/m);
    expect(config).toMatch(/^ {2}threads: 1$/m);
  });

  it('is no change where the program has a new option, whose default its old configs lack', async () => {
    const plan = folder.plan(sweep);
    const path = join(plan.dir, 'ledger.json');
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll(/"fingerprint": "\w+"/g, '"fingerprint": "older"'),
    );
    for (const name of ['epochs-1/job.yaml', 'epochs-2/job.yaml', 'epochs-1/seed-0/config.yaml']) {
      const file = join(plan.dir, name);
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^ *labelSmoothing: 0\n/m, ''));
    }
    await (await openSweep(plan)).close();
    expect((await readLedger(plan.dir))?.jobs[0].fingerprint).toBe(plan.jobs[0].fingerprint);
  });

  it('is one where a default means something else now, and goes on as it was where that is asked for', async () => {
    const plateau = { ...sweep, set: { 'train.schedule.name': 'plateau' } };
    folder.write('plateau/.keep', '');
    const older = folder.plan(plateau, { out: 'plateau' });
    await note(older, 0, { state: 'done', attempts: 1 });
    pretendRun(older.jobs[0], 'done');
    writeFileSync(join(older.jobs[0].dir, 'environment.json'), '{}');
    for (const name of ['epochs-1/job.yaml', 'epochs-2/job.yaml', 'epochs-1/seed-0/config.yaml']) {
      const file = join(older.dir, name);
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^ *counting:.*\n/m, ''));
    }
    const path = join(older.dir, 'ledger.json');
    const text = readFileSync(path, 'utf8').replaceAll(/"fingerprint": "\w+"/g, '"fingerprint": "older"');
    writeFileSync(path, text);
    expect(await problems(older)).toEqual([
      'E_SWEEP_CHANGED 2',
      expect.stringMatching(
        /^train.schedule.counting is "pytorch", but the sweep was started with "keras" \(epochs-1.seed-0, .*\)$/,
      ),
    ]);
    const asBefore = folder.plan(plateau, { out: 'plateau', set: ['train.schedule.counting=keras'] });
    await (await openSweep(asBefore)).close();
  });

  it('is refused where nobody can tell what it was', async () => {
    const plan = folder.plan({ ...sweep, set: { 'train.batchSize': 5 } });
    const config = join(plan.jobs[0].dir, 'config.yaml');
    writeFileSync(config, 'train: [');
    expect(await problems(plan)).toContain(
      `its config is another now, and the one it was started with cannot be read: ${config} (epochs-1/seed-0)`,
    );
    // A job that has not begun, and of which nothing was kept, may be what it is now.
    for (const job of ['epochs-1', 'epochs-2']) rmSync(join(plan.dir, job, 'job.yaml'));
    expect(await problems(plan)).toEqual([
      'E_SWEEP_CHANGED 2',
      expect.stringMatching(/ \(epochs-1.seed-0\)$/),
    ]);
    // What a job is has not changed: its own record is not asked.
    await (await openSweep(folder.plan(sweep))).close();
  });

  it('is refused without its ledger too, by the runs it left', async () => {
    const plan = folder.plan({ ...sweep, set: { 'train.batchSize': 5 } });
    rmSync(join(plan.dir, 'ledger.json'));
    expect(await problems(plan)).toEqual([
      'E_SWEEP_CHANGED 2',
      'train.batchSize is 5, but the sweep was started with 32 (epochs-1/seed-0)',
    ]);
  });
});

it('a sweep of which nothing has begun may change in any way', async () => {
  await (await openSweep(folder.plan(sweep))).close();
  const { ledger, close } = await openSweep(folder.plan({ ...sweep, grid: { 'train.batchSize': [4] } }));
  expect(ledger.jobs.map(({ folder }) => folder)).toEqual(['batchSize-4/seed-0', 'batchSize-4/seed-1']);
  await close();
});

it('a folder that cannot be made is explained', async () => {
  const plan = folder.plan(sweep);
  writeFileSync(join(folder.path, 'file'), '');
  const dir = join(folder.path, 'file', 'runs', 's');
  await expect(openSweep({ ...plan, dir })).rejects.toMatchObject({ name: 'InvolveError', exitCode: 2 });
});

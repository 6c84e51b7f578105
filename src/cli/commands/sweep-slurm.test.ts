import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LedgerFile } from '../../sweep/ledger-file.js';
import { testMpi } from '../../session/workers/mpi/testing.js';
import { tinyExperiment, Workspace } from '../command-line.testing.js';

/** A real Slurm on this machine, where its programs are installed (Debian: slurm-wlm and munge). */
const SCRIPT = fileURLToPath(new URL('../../../scripts/slurm-on-one-machine.sh', import.meta.url));
const path = `${process.env.PATH}:/usr/sbin:/sbin`;
const isThere = ['sbatch', 'slurmctld', 'slurmd', 'munged'].every(
  (name) =>
    spawnSync('sh', ['-c', `command -v ${name}`], { env: { ...process.env, PATH: path } }).status === 0,
);
if (!isThere)
  process.stderr.write('no Slurm here (apt-get install slurm-wlm munge): its tests are skipped\n');

const work = new Workspace();
const flags = ['--launcher', 'slurm', '--slurm', 'poll=1', '--slurm', 'time=10', '--slurm', 'partition=all'];

function jobs(name: string): LedgerFile['jobs'] {
  return (JSON.parse(readFileSync(work.path('runs', name, 'ledger.json'), 'utf8')) as LedgerFile).jobs;
}

function count(name: string, folder: string, type: string): number {
  const text = readFileSync(work.path('runs', name, folder, 'events.jsonl'), 'utf8');
  return text.split(`"type":"${type}"`).length - 1;
}

/** How many tasks may share a run: srun starts them for Open MPI. */
async function tasksHere(): Promise<number> {
  const mpi = await testMpi();
  return typeof mpi !== 'string' && mpi.kind === 'Open MPI' ? 2 : 1;
}

/** The task of the job that made the last progress. */
function runningTask(name: string, text: string): string {
  const lines = text.trimEnd().split('\n');
  const { job } = JSON.parse(lines.findLast((line) => line.includes('"type":"progress"'))!) as {
    job: string;
  };
  return jobs(name).find(({ folder }) => folder === job)!.slurm!.task!;
}

describe.skipIf(!isThere)('--launcher slurm', () => {
  const folder = work.path('slurm');

  beforeAll(() => {
    // A port of its own, so that it stands beside another one.
    const SLURM_TEST_PORT = String(20_000 + (process.pid % 10_000) * 2);
    const env = { ...process.env, SLURM_TEST_PORT };
    process.env.SLURM_CONF = execFileSync(SCRIPT, ['start', folder], { env, encoding: 'utf8' })
      .trim()
      .replace('export SLURM_CONF=', '');
    work.write('tiny.json', tinyExperiment({ train: { epochs: 8, ema: null } }));
  });
  afterAll(() => {
    if (isThere) execFileSync(SCRIPT, ['stop', folder]);
    work.remove();
  });

  const sweep = (name: string): void =>
    void work.write(`${name}.yaml`, {
      name,
      base: 'tiny.json',
      grid: { 'model.attention.groups': [1, 2] },
      seeds: [0, 1],
    });

  it('goes on with a job that was cancelled in the middle', async () => {
    sweep('cancelled');
    let task: string | undefined;
    const { code, stdout, stderr } = await work.start(
      ['sweep', 'cancelled.yaml', ...flags, '--json'],
      (text) => {
        if (task !== undefined || !text.includes('"type":"progress"')) return;
        task = runningTask('cancelled', text);
        execFileSync('scancel', [task]);
      },
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('"reason":"Slurm: CANCELLED","attempt":1');
    expect(stdout.split('"type":"submit"')).toHaveLength(3);
    const all = jobs('cancelled');
    expect(all.map(({ state, attempts }) => `${state} ${attempts}`).sort()).toEqual([
      'done 1',
      'done 1',
      'done 1',
      'done 2',
    ]);
    const { folder: resumed } = all.find(({ attempts }) => attempts === 2)!;
    expect(count('cancelled', resumed, 'interrupt')).toBe(1);
    expect(count('cancelled', resumed, 'resume')).toBe(1);
    for (const job of all) expect(count('cancelled', job.folder, 'start')).toBe(1);
  });

  it('finds its jobs again after kill -9 of the follower, and submits none twice', async () => {
    sweep('killed');
    const killed = await work.start(['sweep', 'killed.yaml', ...flags, '--json'], (text, child) => {
      if (text.includes('"type":"progress"')) child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    const local = await work.start(['sweep', 'killed.yaml']);
    expect([local.code, local.stderr]).toEqual([
      2,
      expect.stringContaining('jobs of the sweep were given to Slurm'),
    ]);
    const again = await work.start(['sweep', 'killed.yaml', ...flags, '--json']);
    expect(again.code).toBe(0);
    expect(again.stdout).not.toContain('"type":"submit"');
    for (const { folder: run, state, attempts } of jobs('killed')) {
      expect([state, attempts]).toEqual(['done', 1]);
      expect([count('killed', run, 'start'), count('killed', run, 'resume')]).toEqual([1, 0]);
    }
  });

  it('takes its jobs out of the queue on Ctrl-C; they save, and the next call goes on', async () => {
    sweep('stopped');
    const stopped = await work.start(['sweep', 'stopped.yaml', ...flags, '--json'], (text, child) => {
      if (text.includes('"type":"progress"') && !child.killed) child.kill('SIGINT');
    });
    expect(stopped.code).toBe(130);
    expect(execFileSync('squeue', ['--noheader'], { encoding: 'utf8' })).toBe('');
    const states = jobs('stopped').map(({ state }) => state);
    expect(states).toContain('stopped');
    expect(states).toContain('pending');
    const again = await work.start(['sweep', 'stopped.yaml', ...flags]);
    expect(again.code).toBe(0);
    expect(jobs('stopped').map(({ state }) => state)).toEqual(Array(4).fill('done'));
  });

  it('says what a failed job said, and what sbatch refuses', async () => {
    const list = [
      { name: 'diverges', set: { 'train.optimizer.name': 'sgd', 'train.optimizer.learningRate': 1e30 } },
    ];
    work.write('failing.yaml', { name: 'failing', base: 'tiny.json', list });
    const failed = await work.start(['sweep', 'failing.yaml', ...flags]);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('diverges seed 0: failed (Slurm: FAILED, exit code 1)');
    expect(failed.stderr).toContain('error: the loss is not a finite number');

    work.write('refused.yaml', { name: 'refused', base: 'tiny.json' });
    const refused = await work.start([
      'sweep',
      'refused.yaml',
      '--launcher',
      'slurm',
      '--slurm',
      'partition=none',
    ]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/^error: sbatch refused the jobs: .*invalid partition/m);
    expect(jobs('refused')[0]).toMatchObject({ state: 'pending', attempts: 0 });
  });

  it('has two tasks share each run of a sweep, which go on after they were cancelled', async (context) => {
    const tasks = await tasksHere();
    if (tasks === 1) context.skip('no Open MPI here, which is what the pmix of srun starts');
    work.write('shared.yaml', { name: 'shared', base: 'tiny.json', seeds: [0, 1] });
    let task: string | undefined;
    const { code, stdout, stderr } = await work.start(
      ['sweep', 'shared.yaml', ...flags, '--slurm', 'tasks=2', '--set', 'train.workers=2', '--json'],
      (text) => {
        if (task !== undefined || !text.includes('"type":"progress"')) return;
        task = runningTask('shared', text);
        execFileSync('scancel', [task]);
      },
    );
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toContain('"reason":"Slurm: CANCELLED","attempt":1');
    for (const { folder: run, state } of jobs('shared')) {
      expect(state).toBe('done');
      const text = readFileSync(work.path('runs', 'shared', run, 'environment.json'), 'utf8');
      expect(JSON.parse(text)).toMatchObject({
        ...{ workers: [{ rank: 0 }, { rank: 1 }], mpi: expect.stringContaining('Open MPI') as string },
      });
    }
    const went = jobs('shared').map(({ folder: run }) => count('shared', run, 'resume'));
    expect(went.sort()).toEqual([0, 1]);
  });

  // Of two tasks where MPI is that of srun: Debian's Slurm has pmix, for Open MPI.
  it('does one run, which goes on after it was cancelled in the middle', async () => {
    const tasks = await tasksHere();
    // As people call folders; sbatch reads such a name in its own way.
    const out = `it's 5% #1`;
    let isCancelled = false;
    const { code, stderr, stdout } = await work.start(
      ['train', 'tiny.json', '--out', out, ...flags, '--slurm', `tasks=${tasks}`],
      undefined,
      (text) => {
        // Whoever follows looks now and then, and may miss the first epochs.
        if (isCancelled || !/epoch [1-6]\/8/.test(text)) return;
        isCancelled = true;
        execFileSync('scancel', [/Slurm job (\d+):/.exec(text)![1]!]);
      },
    );
    expect(code).toBe(0);
    expect(stderr).toContain('Slurm: CANCELLED; submitted again (1 of 3)');
    expect(stdout).toMatch(/^best epoch .+\nrun folder {3}it's 5% #1\n$/);
    const events = readFileSync(work.path(out, 'events.jsonl'), 'utf8');
    for (const type of ['start', 'interrupt', 'resume'])
      expect(events.split(`"type":"${type}"`).length - 1, type).toBe(1);
    const { workers } = JSON.parse(readFileSync(work.path(out, 'environment.json'), 'utf8')) as {
      workers?: readonly unknown[];
    };
    expect(workers?.length ?? 1).toBe(tasks);
    const logs = readdirSync(work.path(`${out}.slurm`)).filter((name) => name.endsWith('.log'));
    expect(logs).toEqual([expect.stringMatching(/^\d+\.log$/), expect.stringMatching(/^\d+\.log$/)]);
  });
});

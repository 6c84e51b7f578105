import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetrics } from '../../runs/record/metrics-csv.js';
import type { LedgerFile } from '../../sweep/ledger-file.js';
import { CONFIGS, tinyExperiment, Workspace } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

const sweep = (changes: object = {}): object => ({
  name: 'three',
  base: 'tiny.json',
  grid: { 'model.attention.groups': [1, 2, 4] },
  seeds: [0, 1, 2],
  ...changes,
});

function ledger(name: string): LedgerFile {
  return JSON.parse(readFileSync(work.path('runs', name, 'ledger.json'), 'utf8')) as LedgerFile;
}

function states(name: string): Record<string, string> {
  return Object.fromEntries(ledger(name).jobs.map(({ folder, state }) => [folder, state]));
}

/** How often something happened in a run. */
function count(name: string, folder: string, type: string): number {
  const text = readFileSync(work.path('runs', name, folder, 'events.jsonl'), 'utf8');
  return text.split(`"type":"${type}"`).length - 1;
}

const trained = (name: string, folder: string): number =>
  statSync(work.path('runs', name, folder, 'metrics.csv')).mtimeMs;

async function columns(path: string): Promise<unknown[]> {
  const rows = await readMetrics(work.path(path, 'metrics.csv'));
  return rows.map(({ epoch, step, train_loss, val_loss, val_top1 }) => [
    epoch,
    step,
    train_loss,
    val_loss,
    val_top1,
  ]);
}

beforeAll(() => {
  work.write('tiny.json', tinyExperiment({ train: { epochs: 3, ema: null } }));
});

describe('involve sweep', () => {
  it('goes on after kill -9 half-way: everything is done, and nothing twice', async () => {
    work.write('three.yaml', sweep());
    const killed = await work.start(['sweep', 'three.yaml', '--jobs', '2', '--json'], (text, child) => {
      const done = text.split('"state":"done"').length - 1;
      // Half-way, in the middle of a job.
      const last = text.trimEnd().split('\n').at(-1)!;
      if (done >= 3 && /"type":"progress".*"epoch":1,/.test(last)) child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    const before = Object.entries(states('three'));
    const done = before.filter(([, state]) => state === 'done').map(([folder]) => folder);
    const begun = before.filter(([, state]) => state === 'running').map(([folder]) => folder);
    expect(done.length).toBeGreaterThanOrEqual(3);
    expect(done.length).toBeLessThan(9);
    expect(begun.length).toBeGreaterThanOrEqual(1);
    const times = done.map((folder) => trained('three', folder));

    const again = await work.start(['sweep', 'three.yaml', '--jobs', '2']);
    // One more may have ended by itself in the meantime.
    expect(Number(/9 jobs, (\d) done already/.exec(again.stderr)?.[1])).toBeGreaterThanOrEqual(done.length);
    expect(again.code).toBe(0);
    expect(Object.values(states('three'))).toEqual(Array(9).fill('done'));
    expect(done.map((folder) => trained('three', folder))).toEqual(times);
    for (const { folder } of ledger('three').jobs) {
      expect(count('three', folder, 'start'), folder).toBe(1);
      expect(count('three', folder, 'end'), folder).toBe(1);
      expect((await columns(`runs/three/${folder}`)).length).toBe(3);
    }
    for (const folder of begun) expect(count('three', folder, 'resume'), folder).toBeLessThanOrEqual(1);

    // The number that a run of its own gives, with as many threads.
    const [folder] = begun;
    const { threads } = JSON.parse(
      readFileSync(work.path('runs/three', folder, 'environment.json'), 'utf8'),
    ) as { threads: number };
    const [, groups, seed] = /groups-(\d)\/seed-(\d)/.exec(folder)!;
    const alone = await work.start([
      ...['train', 'tiny.json', '--out', 'alone', '--quiet', '--seed', seed, '--threads', String(threads)],
      ...['--set', `model.attention.groups=${groups}`],
    ]);
    expect(alone.code).toBe(0);
    expect(await columns(`runs/three/${folder}`)).toEqual(await columns('alone'));
  });

  it('has nothing to do when all is done, and takes what was added', async () => {
    const nothing = await work.start(['sweep', 'three.yaml', '--json']);
    expect(nothing.code).toBe(0);
    expect(nothing.stdout).toBe(
      '{"type":"begin","total":9,"open":0,"version":1}\n' +
        '{"type":"sweep","sweep":"three","folder":"runs/three","done":9,"failed":0,"open":0}\n',
    );
    work.write('three.yaml', sweep({ seeds: [0, 1, 2, 3], grid: { 'model.attention.groups': [4, 1, 2] } }));
    const dry = await work.start(['sweep', 'three.yaml', '--dry-run', '--json']);
    const { jobs } = JSON.parse(dry.stdout) as { jobs: { folder: string; state: string }[] };
    expect(jobs.filter(({ state }) => state !== 'done').map(({ folder }) => folder)).toEqual([
      'groups-4/seed-3',
      'groups-1/seed-3',
      'groups-2/seed-3',
    ]);
  });

  it('refuses a sweep file that changed, saying what did', async () => {
    work.write(
      'three.yaml',
      sweep({ grid: { 'model.attention.groups': [1, 2] }, set: { 'train.epochs': 5 } }),
    );
    const { code, stderr } = await work.start(['sweep', 'three.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'error: the sweep no longer has groups-4/seed-0, groups-4/seed-1, groups-4/seed-2\n  at three.yaml\n',
    );
    expect(stderr).toContain('error: train.epochs is 5, but the sweep was started with 3 (groups-1/seed-0, ');
    expect(stderr).toContain('  try: take the change back');
  });

  it('tells what the schema cannot see before anything starts', async () => {
    work.write('groups.yaml', sweep({ name: 'groups', grid: { 'model.attention.groups': [1, 5, 7] } }));
    const { code, stderr } = await work.start(['sweep', 'groups.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'error: job groups-5: layer stage2/block1/involution: groups must divide the channels',
    );
    expect(stderr).toContain('error: job groups-7: layer');
    expect(existsSync(work.path('runs/groups'))).toBe(false);
  });

  it('says that data is missing before anything starts', async () => {
    work.write('intel.yaml', sweep({ name: 'intel', set: { 'data.name': 'intel' } }));
    const { code, stderr } = await work.start(['sweep', 'intel.yaml']);
    expect(code).toBe(3);
    expect(stderr).toContain('error: the data set intel is not on this machine');
    expect(existsSync(work.path('runs/intel'))).toBe(false);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('passes %s on: jobs save, exit code %i, and the next call goes on', async (signal, code) => {
    const name = signal.toLowerCase();
    work.write(`${name}.yaml`, sweep({ name, grid: { 'train.batchSize': [5, 10] }, seeds: [0] }));
    const stopped = await work.start(['sweep', `${name}.yaml`, '--jobs', '2', '--json'], (text, child) => {
      if (text.includes('"type":"progress"') && !child.killed) child.kill(signal);
    });
    expect(stopped.code).toBe(code);
    expect(Object.values(states(name))).toContain('stopped');
    const [folder] = Object.entries(states(name)).find(([, state]) => state === 'stopped')!;
    expect(count(name, folder, 'interrupt')).toBe(1);
    const again = await work.start(['sweep', `${name}.yaml`, '--jobs', '2', '--resume']);
    expect(again.code).toBe(0);
    expect(count(name, folder, 'resume')).toBe(1);
    expect(Object.values(states(name))).toEqual(['done', 'done']);
  });

  it('stops at a failure, or goes on with --keep-going; the next call tries it again', async () => {
    const list = [
      { name: 'diverges', set: { 'train.optimizer.name': 'sgd', 'train.optimizer.learningRate': 1e30 } },
      { name: 'works', set: { 'train.epochs': 1 } },
    ];
    work.write('failing.yaml', { name: 'failing', base: 'tiny.json', list });
    const stopped = await work.start(['sweep', 'failing.yaml']);
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain('diverges seed 0: failed (exit code 1)');
    expect(stopped.stderr).toContain('error: the loss is not a finite number');
    expect(stopped.stderr).toContain('0 done, 1 failed, 1 not done');
    expect(states('failing')).toEqual({ 'diverges/seed-0': 'failed', 'works/seed-0': 'pending' });
    const { failure } = ledger('failing').jobs[0];
    expect(failure).toMatchObject({ exitCode: 1, signal: null });
    expect(failure!.stderr.join('\n')).toContain('the loss is not a finite number');

    const kept = await work.start(['sweep', 'failing.yaml', '--keep-going']);
    expect(kept.code).toBe(1);
    expect(states('failing')).toEqual({ 'diverges/seed-0': 'failed', 'works/seed-0': 'done' });
    expect(ledger('failing').jobs[0].attempts).toBe(2);
  });

  it('is refused while another process has the sweep, naming it', async () => {
    work.write('locked.yaml', sweep({ name: 'locked', seeds: [0] }));
    let second: ReturnType<typeof work.start> | undefined;
    let pid: number | undefined;
    await work.start(['sweep', 'locked.yaml', '--json'], (text, child) => {
      if (second !== undefined || !text.includes('"type":"start"')) return;
      pid = child.pid;
      second = work.start(['sweep', 'locked.yaml']).finally(() => child.kill('SIGTERM'));
    });
    const { code, stderr } = await second!;
    expect(code).toBe(2);
    expect(stderr).toContain(`is in use by process ${pid} `);
  });

  it('prints the jobs with --dry-run, and the batch script for Slurm', async () => {
    work.write('dry.yaml', sweep({ name: 'dry', seeds: [7] }));
    const { code, stdout } = await work.start([
      ...[
        'sweep',
        'dry.yaml',
        '--dry-run',
        '--launcher',
        'slurm',
        '--slurm',
        'partition=gpu',
        '--slurm',
        'time=60',
      ],
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('sweep dry: 3 jobs, 3 of them not done');
    expect(stdout).toMatch(/groups-2 +7 +model\.attention\.groups=2 +runs\/dry\/groups-2\/seed-7 +pending/);
    expect(stdout).toContain('#SBATCH --partition=gpu\n#SBATCH --time=60\n');
    expect(stdout).toContain("  'groups-4 7 --threads 1'\n");
    expect(existsSync(work.path('runs/dry'))).toBe(false);
  });

  it('refuses what does not belong together', async () => {
    expect((await work.start(['sweep', 'dry.yaml', '--slurm', 'time=1'])).stderr).toBe(
      'error: --slurm needs --launcher slurm\n',
    );
    const unknown = await work.start(['sweep', 'dri.yaml']);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      'error: there is no sweep file dri.yaml\n  try: did you mean "dry.yaml"?\n',
    ]);
  });
});

describe('scripts/alpha-sweep.sh', () => {
  const script = fileURLToPath(new URL('../../../scripts/alpha-sweep.sh', import.meta.url));
  const run = (): { status: number | null; stderr: string } =>
    spawnSync(script, ['--smoke', '--set', 'data.name=scenes'], {
      cwd: work.dir,
      encoding: 'utf8',
      env: {
        ...process.env,
        INVOLVE_CACHE_DIR: work.path('cache'),
        INVOLVE_ENGINE_DIR: '',
        CONFIG: `${CONFIGS}octconv/small-article-alpha-0.yaml`,
        ALPHAS: '0 0.5',
        SEEDS: '0',
        FOLDER: 'shell',
      },
    });

  it('trains each α in a folder of its own, and nothing twice', () => {
    expect(run()).toMatchObject({ status: 0 });
    const parameters = [0, 0.5].map((alpha) => {
      const summary = readFileSync(work.path('shell', `alpha-${alpha}`, 'seed-0', 'summary.json'), 'utf8');
      return (JSON.parse(summary) as { parameters: number }).parameters;
    });
    expect(parameters[0]).not.toBe(parameters[1]);
    const again = run();
    expect(again.status).toBe(0);
    expect(again.stderr.match(/is finished already: nothing to do/g)).toHaveLength(2);
  });
});

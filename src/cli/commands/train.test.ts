import { existsSync, readFileSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '../../runs/safetensors.js';
import { readTrainLine } from '../../runs/record/train-lines.js';
import { readMetrics } from '../../runs/record/metrics-csv.js';
import { CONFIGS, tinyExperiment, Workspace, type Finished } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

/** The columns that a resume must repeat bit for bit. */
async function exactColumns(run: string): Promise<unknown[]> {
  const rows = await readMetrics(work.path(run, 'metrics.csv'));
  return rows.map(({ epoch, step, learning_rate, train_loss, train_top1, val_loss, val_top1, val_top5 }) => ({
    ...{ epoch, step, learning_rate, train_loss, train_top1, val_loss, val_top1, val_top5 },
  }));
}

function checkpointBytes(run: string, name: string): Buffer {
  return readFileSync(work.path(run, 'checkpoints', `${name}.safetensors`));
}

/** What a machine reads of `--json`: one object a line. */
function events(stdout: string): { type: string; [field: string]: unknown }[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string });
}

/** Loaded before the program: at SIGUSR2 the threads that compute for the wasm engine end. */
const MORTAL_THREADS = `
const threads = require('node:worker_threads');
if (threads.isMainThread) {
  threads.Worker = class extends threads.Worker {
    constructor(source, options) {
      super(source, options);
      if (options?.workerData?.control) process.on('SIGWINCH', () => this.terminate());
    }
  };
  require('node:module').syncBuiltinESMExports();
}
`;

describe('involve train', () => {
  let straight: Finished;

  beforeAll(async () => {
    work.write('tiny.json', tinyExperiment());
    straight = await work.start(['train', 'tiny.json', '--out', 'straight', '--engine', 'wasm']);
  });

  it('trains, says how it went, and leaves every file of a run folder', async () => {
    expect(straight.stderr).toContain('engine: wasm');
    expect(straight.code).toBe(0);
    expect(straight.stdout).toMatch(/last epoch {3}validation accuracy \d+\.\d %/);
    expect(straight.stdout).toContain('run folder   straight');
    for (const file of [
      'config.yaml',
      'environment.json',
      'metrics.csv',
      'events.jsonl',
      'summary.json',
      'confusion.csv',
      'curves.svg',
      'checkpoints/last.safetensors',
      'checkpoints/best.safetensors',
    ]) {
      expect(statSync(work.path('straight', file)).size, file).toBeGreaterThan(0);
    }
    const rows = await readMetrics(work.path('straight', 'metrics.csv'));
    expect(rows.map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 8],
      [2, 16],
      [3, 24],
    ]);
    for (const row of rows) {
      expect(row.train_loss).toBeGreaterThan(0);
      expect(row.peak_memory_mb).toBeGreaterThan(50);
      expect(row.val_top5).toBeGreaterThanOrEqual(row.val_top1!);
    }
    const environment = JSON.parse(readFileSync(work.path('straight', 'environment.json'), 'utf8')) as object;
    expect(environment).toMatchObject({
      seed: 0,
      device: 'cpu',
      engine: { name: 'wasm' },
      data: { name: 'scenes' },
    });
    const summary = JSON.parse(readFileSync(work.path('straight', 'summary.json'), 'utf8')) as object;
    expect(summary).toMatchObject({ outcome: 'done', epochs: 3, steps: 24, parameters: 620_710 });
  });

  it('stores weights, moving statistics, optimizer slots and averages under readable names', () => {
    const { tensors, metadata } = decodeSafetensors(checkpointBytes('straight', 'last'), 'last');
    for (const name of [
      'stem/conv/kernel',
      'stem/bn/moving_variance',
      'stage3/block1/involution/span_kernel',
      'optimizer/stem/conv/kernel/first_moment',
      'optimizer/beta2_power',
      'ema/stem/bn/moving_mean',
    ]) {
      expect([...tensors.keys()]).toContain(name);
    }
    expect(metadata).toMatchObject({ step: '24', epoch: '3' });
  });

  it('goes on after kill -9 within an epoch as if nothing had happened, bit for bit', async () => {
    const killed = await work.start(['train', 'tiny.json', '--out', 'killed', '--json'], (text, child) => {
      // The checkpoint before was at step 9, within the second epoch.
      if (text.includes('"step":11,')) child.kill('SIGKILL');
    });
    expect(killed.signal).toBe('SIGKILL');
    const resumed = await work.start(['train', 'tiny.json', '--out', 'killed', '--resume', '--json']);
    expect(resumed.code).toBe(0);
    for (const line of resumed.stdout.trimEnd().split('\n')) expect(readTrainLine(line), line).toBeDefined();
    const begin = events(resumed.stdout).find(({ type }) => type === 'begin')!;
    expect(events(resumed.stdout).find(({ type }) => type === 'plan')).toEqual({
      ...{ type: 'plan', batch: 10, recomputes: false, inOrder: false },
      ...{ plannedBytes: expect.any(Number) as number, calls: expect.any(Number) as number },
    });
    expect(begin.resumedAt).toBeGreaterThanOrEqual(9);
    expect(begin.resumedAt).toBeLessThanOrEqual(12);
    expect(await exactColumns('killed')).toEqual(await exactColumns('straight'));
    expect(checkpointBytes('killed', 'last').equals(checkpointBytes('straight', 'last'))).toBe(true);
    expect(checkpointBytes('killed', 'best').equals(checkpointBytes('straight', 'best'))).toBe(true);
  });

  it('ends when a thread of the engine dies, keeps the checkpoint, and goes on from it', async () => {
    const mortal = work.write('mortal.cjs', MORTAL_THREADS);
    const args = ['train', 'tiny.json', '--out', 'bereft', '--engine', 'wasm', '--threads', '2', '--json'];
    const ended = await work.start(
      args,
      (text, child) => {
        if (text.includes('"step":11,')) child.kill('SIGWINCH');
      },
      undefined,
      { NODE_OPTIONS: `--require ${work.path(mortal)}` },
    );
    expect([ended.code, ended.signal]).toEqual([1, null]);
    expect(ended.stderr).toContain('error: worker thread 1 of the wasm engine ended');
    expect(ended.stderr).toContain('--resume goes on from the last checkpoint');
    expect(existsSync(work.path('bereft', 'run.lock'))).toBe(false);
    const resumed = await work.start([...args, '--resume']);
    expect(resumed.code).toBe(0);
    const begin = events(resumed.stdout).find(({ type }) => type === 'begin')!;
    expect(begin.resumedAt).toBeGreaterThanOrEqual(9);
    expect(await exactColumns('bereft')).toEqual(await exactColumns('straight'));
    expect(checkpointBytes('bereft', 'last').equals(checkpointBytes('straight', 'last'))).toBe(true);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    // Slurm's usual warning, at which Node by itself would open a debugger.
    ['SIGUSR1', 143],
  ] as const)('saves on %s, exits %i, and goes on exactly', async (signal, code) => {
    const out = `stopped-${signal}`;
    const stopped = await work.start(['train', 'tiny.json', '--out', out, '--json'], (text, child) => {
      if (text.includes('"step":5,') && !child.killed) child.kill(signal);
    });
    expect(stopped.code).toBe(code);
    expect(stopped.stdout).toContain('"type":"interrupted"');
    expect(existsSync(work.path(out, 'summary.json'))).toBe(false);
    const resumed = await work.start(['train', 'tiny.json', '--out', out, '--resume', '--quiet']);
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toBe('');
    expect(await exactColumns(out)).toEqual(await exactColumns('straight'));
    expect(checkpointBytes(out, 'last').equals(checkpointBytes('straight', 'last'))).toBe(true);
  });

  it('refuses a run folder that exists', async () => {
    const { code, stderr } = await work.start(['train', 'tiny.json', '--out', 'straight']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      'error: the run folder straight exists\n' +
        '  at straight\n' +
        '  try: --resume goes on with it; another run is --seed N or --out DIR\n',
    );
  });

  it('says of a finished run that it is finished', async () => {
    const { code, stderr } = await work.start(['train', 'tiny.json', '--out', 'straight', '--resume']);
    expect(code).toBe(0);
    expect(stderr).toContain('straight is finished already: nothing to do');
  });

  it('refuses to resume with another config, naming the differences', async () => {
    const { code, stderr } = await work.start([
      'train',
      'tiny.json',
      '--out',
      'straight',
      '--resume',
      '--set',
      'train.batchSize=5',
      '--set',
      'train.ema=0.5',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain('error: train.batchSize is 5, but the run was started with 10');
    expect(stderr).toContain('error: train.ema is 0.5, but the run was started with 0.9');
  });

  it('refuses a checkpoint of another architecture', async () => {
    const other = tinyExperiment({ model: { removeStages: [5, 6, 7, 8] }, train: { epochs: 1 } });
    work.write('other.json', { ...other, name: 'other' });
    expect((await work.start(['train', 'other.json', '--out', 'other', '--quiet'])).code).toBe(0);
    await work.start(['train', 'tiny.json', '--out', 'foreign', '--json'], (text, child) => {
      if (text.includes('"step":4,')) child.kill('SIGKILL');
    });
    work.write('foreign/checkpoints/last.safetensors', checkpointBytes('other', 'last'));
    const { code, stderr } = await work.start(['train', 'tiny.json', '--out', 'foreign', '--resume']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: the checkpoint is of another architecture: .+ is missing/m);
    expect(stderr).toContain('at foreign/checkpoints/last.safetensors');

    work.write('foreign/checkpoints/last.safetensors', checkpointBytes('other', 'last').subarray(0, 5000));
    const cut = await work.start(['train', 'tiny.json', '--out', 'foreign', '--resume']);
    expect(cut.code).toBe(2);
    expect(cut.stderr).toMatch(/^error: .*(cut short|damaged)/m);
  });

  it('stops at numbers that are not finite, naming step and layer, and keeps the last good checkpoint', async () => {
    const { code, stderr } = await work.start([
      ...['train', 'tiny.json', '--out', 'diverged', '--set', 'checkpoint.every.steps=1'],
      ...['--set', 'train.optimizer.name=sgd', '--set', 'train.optimizer.learningRate=1e30'],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /error: the loss is not a finite number at step \d+ \(epoch 1\); first in layer \S+/,
    );
    expect(JSON.parse(readFileSync(work.path('diverged', 'summary.json'), 'utf8'))).toMatchObject({
      outcome: 'diverged',
    });
    const { metadata } = decodeSafetensors(checkpointBytes('diverged', 'last'), 'last');
    expect(Number(metadata.step)).toBeGreaterThanOrEqual(1);
  });

  it('refuses groups that do not divide the channels, naming the layer', async () => {
    const { code, stderr } = await work.start([
      'train',
      'tiny.json',
      '--out',
      'groups',
      '--set',
      'model.attention.groups=5',
    ]);
    expect(code).toBe(2);
    expect(stderr).toContain(
      'error: layer stage2/block1/involution: groups must divide the channels: 5 groups, 32 channels',
    );
    expect(existsSync(work.path('groups'))).toBe(false);
  });

  it('says what is missing and how to go on where the data is not there', async () => {
    const { code, stderr } = await work.start(['train', `${CONFIGS}exp3.json`]);
    expect(code).toBe(3);
    expect(stderr).toContain('error: the data set intel is not on this machine');
    expect(stderr).toContain('involve data get intel');
    expect(stderr).toContain('--set data.dir=');
    expect(stderr).toContain('--set data.name=scenes');
    expect(existsSync(work.path('runs'))).toBe(false);
  });

  it('refuses engines this machine lacks with exit code 3', async () => {
    const { code, stderr } = await work.start(['train', 'tiny.json', '--out', 'cuda', '--device', 'cuda']);
    expect(code).toBe(3);
    expect(stderr).toContain('error: device cuda was asked for');
    expect(existsSync(work.path('cuda'))).toBe(false);
  });

  it('prints the resolved config and the cost with --dry-run, and trains nothing', async () => {
    const { code, stdout } = await work.start(['train', `${CONFIGS}exp3.json`, '--dry-run', '--json']);
    expect(code).toBe(0);
    const { experiment, cost } = JSON.parse(stdout) as {
      experiment: { train: { batchSize: number } };
      cost: { params: object; macs: number };
    };
    expect(experiment.train.batchSize).toBe(10);
    expect(cost.params).toEqual({ trainable: 1_486_370, total: 1_514_290 });
    expect(existsSync(work.path('runs'))).toBe(false);
  });
});

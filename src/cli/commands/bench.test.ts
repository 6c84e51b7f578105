import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultEnginesDir } from '../../engine/tensorflow/installation.js';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { tinyExperiment, Workspace } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());
beforeAll(() => {
  work.write('wide.json', tinyExperiment());
  work.write('narrow.json', tinyExperiment({ model: { attention: { type: 'none' } } }));
});

const KEYS = [
  ...['config', 'mode', 'engine', 'batch', 'input', 'trials', 'minMs', 'medianMs', 'meanMs', 'sdMs'],
  ...['msPerSample', 'relativePercent', 'theoryPercent', 'peakMemoryMb'],
];

const WORKER_KEYS = [
  ...['workers', 'threads', 'imagesPerSecond', 'sumMs'],
  ...['efficiencyOneThreadPercent', 'efficiencyAllThreadsPercent'],
];

interface Row {
  readonly [key: string]: string | number | null;
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** Multiply-adds by `summary`. */
async function macsOf(config: string): Promise<number> {
  const { stdout } = await work.start(['summary', config, '--json']);
  return (JSON.parse(stdout) as { macs: number }).macs;
}

describe('involve bench', () => {
  it('compares train steps of two configs, as JSON', async () => {
    const { code, stdout, stderr } = await work.start([
      ...['bench', 'wide.json', 'narrow.json', '--mode', 'train', '--trials', '2', '--batch', '4'],
      ...['--samples', '6', '--engine', 'wasm', '--threads', '1', '--set', 'train.ema=0.99', '--json'],
    ]);
    expect([code, stderr.includes('error')]).toEqual([0, false]);
    const rows = JSON.parse(stdout) as Row[];
    expect(rows.map((row) => Object.keys(row))).toEqual([KEYS, KEYS]);
    const common = { mode: 'train', engine: 'wasm', batch: 4, input: 32, trials: 2 };
    expect(rows[0]).toMatchObject({ config: 'wide.json', ...common });
    expect(rows[1]).toMatchObject({ config: 'narrow.json', ...common });
    for (const row of rows) {
      const [min, median, mean] = [row.minMs, row.medianMs, row.meanMs].map(Number);
      expect(min).toBeGreaterThan(0);
      expect(median).toBeGreaterThanOrEqual(min);
      expect(mean).toBeCloseTo(median, 9); // of two trials
      expect(row.sdMs).toBeGreaterThanOrEqual(0);
      expect(row.msPerSample).toBeCloseTo(median / 6, 9);
      expect(row.relativePercent).toBeCloseTo((100 * median) / Number(rows[0].medianMs), 9);
      expect(row.peakMemoryMb).toBeGreaterThan(50);
    }
    expect([rows[0].relativePercent, rows[0].theoryPercent]).toEqual([100, 100]);
    const theory = 100 * ((await macsOf('narrow.json')) / (await macsOf('wide.json')));
    expect(rows[1].theoryPercent).toBe(theory);
  });

  it('times inference by default; a table for people, CSV for the rest', async () => {
    const shared = ['--trials', '1', '--input', '16', '--batch', '2'];
    const table = await work.start(['bench', 'wide.json', 'wide.json', ...shared]);
    expect(table.code).toBe(0);
    const lines = table.stdout.split('\n');
    expect(lines[0]).toMatch(/^inference, trials: 1, images a trial: 2, in turn, on wasm \(.*\)$/);
    expect(lines[2]).toMatch(/^config +input +batch +mean ms .* relative % +theory % +peak MB$/);
    expect(lines[3]).toMatch(/^wide\.json +16 +2 .* 100\.0 +100\.0 +\d+$/);

    const csv = await work.start(['bench', 'narrow.json', ...shared, '--csv']);
    const [head, row] = csv.stdout.trim().split('\n');
    expect(head).toBe(KEYS.join(','));
    expect(row).toMatch(/^narrow\.json,infer,wasm,2,16,1,/);
  });

  const engines = [
    ['wasm', undefined],
    ['tensorflow', NO_TENSORFLOW],
  ] as const;
  for (const [engine, reason] of engines)
    it.skipIf(reason)(`shares train steps out among workers on ${engine}`, async () => {
      const { code, stdout, stderr } = await work.start(
        [
          ...['bench', 'narrow.json', '--mode', 'train', '--workers', '2', '--threads', '2', '--trials', '1'],
          ...['--batch', '4', '--samples', '5', '--engine', engine, '--json'],
          // Its own operations would have to be compiled into the cache of this workspace.
          ...['--set', 'engine.customOps=false', '--set', 'train.batchSize=10'],
        ],
        undefined,
        undefined,
        { INVOLVE_ENGINE_DIR: engine === 'tensorflow' ? defaultEnginesDir() : '' },
      );
      expect([code, stderr.includes('error')], stderr).toEqual([0, false]);
      const rows = JSON.parse(stdout) as Row[];
      expect(rows.map((row) => Object.keys(row))).toEqual(rows.map(() => [...KEYS, ...WORKER_KEYS]));
      expect(rows.map(({ workers, threads, batch }) => [workers, threads, batch])).toEqual([
        ...[
          [1, 1, 4],
          [2, 1, 4],
          [1, 2, 4],
        ],
      ]);
      const [one, shared, all] = rows.map((row) => Number(row.imagesPerSecond));
      for (const row of rows) expect(row.imagesPerSecond).toBeCloseTo(5000 / Number(row.medianMs), 9);
      expect(rows[1].efficiencyOneThreadPercent).toBeCloseTo((50 * shared) / one, 9);
      expect(rows[1].efficiencyAllThreadsPercent).toBeCloseTo((100 * shared) / all, 9);
      expect(rows.map(({ sumMs }) => sumMs === null)).toEqual([true, false, true]);
      expect(rows[1].sumMs).toBeGreaterThan(0);
      expect(rows[1].sumMs).toBeLessThan(Number(rows[1].medianMs));
      // Of both processes.
      expect(rows[1].peakMemoryMb).toBeGreaterThan(1.5 * Number(rows[0].peakMemoryMb));
    });

  it('has columns of workers in its CSV, and one row of one worker where one thread is all', async () => {
    const { stdout } = await work.start([
      ...['bench', 'narrow.json', '--mode', 'train', '--workers', '1', '--threads', '1', '--trials', '1'],
      ...['--batch', '2', '--csv'],
    ]);
    const [head, ...rows] = stdout.trim().split('\n');
    expect(head).toBe([...KEYS, ...WORKER_KEYS].join(','));
    expect(rows).toEqual([expect.stringMatching(/^narrow\.json,train,.*,1,1,[\d.]+,,100,100$/)]);
  });

  it.each([
    [
      '--mode train --workers 3',
      '3 workers cannot have equal shares of a batch of 10 (train.batchSize): give',
    ],
    ['--mode train --workers 3 --batch 4', '3 workers cannot have equal shares of a batch of 4'],
    ['--mode train --workers 20', '20 workers cannot have equal shares of a batch of 10'],
    ['--workers 2', '--workers 2 shares out steps of training, and --mode infer has none'],
    ['--mode train --workers 65', '--workers expects a whole number from 1 to 64, received "65"'],
  ])('refuses %s', async (flags, what) => {
    const { code, stdout, stderr } = await work.start(['bench', 'narrow.json', ...flags.split(' ')]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(`error: ${what}`);
  });

  it('says how workers are measured, and does so then', async () => {
    const refused = await work.start(['bench', 'narrow.json', '--workers', '2']);
    const [, flags] = / {2}try: (--mode train --workers 2), or leave --workers out/.exec(refused.stderr)!;
    const few = ['--batch', '2', '--trials', '1', '--json'];
    const { code, stdout } = await work.start(['bench', 'narrow.json', ...flags.split(' '), ...few]);
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as Row[]).some(({ workers }) => workers === 2)).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('names a worker that is killed, and shows the others', async () => {
    let isKilled = false;
    const { code, stdout, stderr } = await work.start(
      [
        ...['bench', 'narrow.json', '--mode', 'train', '--workers', '2', '--threads', '2', '--trials', '30'],
        ...['--batch', '2', '--json'],
      ],
      undefined,
      (text, { pid }) => {
        if (isKilled || !text.includes('trials: 1 of')) return;
        isKilled = true;
        const worker = childrenOf(pid!).flatMap(childrenOf);
        expect(worker).toHaveLength(1);
        process.kill(worker[0]!, 'SIGKILL');
      },
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^error: narrow\.json \(2 workers\) failed \(exit code 1\): worker 1 \(process \d+\) has ended \(SIGKILL\)/m,
    );
    const rows = JSON.parse(stdout) as Row[];
    expect(rows.map(({ workers, threads }) => [workers, threads])).toEqual([
      [1, 1],
      [1, 2],
    ]);
  });

  it('refuses bad configs before anything is measured, all of them at once', async () => {
    work.write('bad.json', tinyExperiment({ train: { batchSize: 0 } }));
    const { code, stdout, stderr } = await work.start(['bench', 'bad.json', 'wide.json', 'absent.json']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('bad.json');
    expect(stderr).toContain('absent.json');
    expect(stderr).not.toContain('trials');
  });

  it('reports a config that fails, and goes on with the others', async () => {
    // The groups do not divide the channels: found when the model is built.
    const attention = { type: 'involution', groups: 7 };
    work.write('failing.json', tinyExperiment({ model: { attention } }));
    const { code, stdout, stderr } = await work.start([
      ...['bench', 'failing.json', 'narrow.json', '--trials', '1', '--batch', '2', '--input', '16', '--json'],
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: failing\.json failed \(exit code 2\): .*7/m);
    const rows = JSON.parse(stdout) as Row[];
    expect(rows.map(({ config, relativePercent }) => [config, relativePercent])).toEqual([
      ['narrow.json', 100],
    ]);
  });

  it('says with one exit code what all configs failed for', async () => {
    const { code, stdout, stderr } = await work.start(['bench', 'failing.json', '--json']);
    expect([code, stdout.trim()]).toEqual([2, '[]']);
    expect(stderr).toContain('failing.json failed (exit code 2)');
  });

  it.skipIf(process.platform !== 'linux')('ends its children on Ctrl-C', async () => {
    let children = '';
    const { code, signal } = await work.start(
      ['bench', 'wide.json', '--trials', '10000', '--json'],
      undefined,
      (text, { pid }) => {
        if (!text.includes('trials: 1 of') || children !== '') return;
        children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
        process.kill(pid!, 'SIGINT');
      },
    );
    expect([code, signal]).toEqual([130, null]);
    expect(children).not.toBe('');
    for (const child of children.split(' ')) expect(() => process.kill(Number(child), 0)).toThrow('ESRCH');
  });
});

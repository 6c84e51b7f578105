import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultEnginesDir } from '../../engine/tensorflow/installation.js';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { testMpi, type TestMpi } from '../../session/workers/mpi/testing.js';
import { tinyExperiment, Workspace, type Finished } from '../command-line.testing.js';

const mpi = await testMpi();
const reason = typeof mpi === 'string' ? mpi : undefined;
const work = new Workspace();
afterAll(() => work.remove());

const train = (out: string, ...more: readonly string[]): string[] => [
  ...['train', 'tiny.json', '--out', out, '--engine', 'wasm', '--json', ...more],
];
const bytesOf = (run: string): string[] =>
  ['last', 'best'].map((name) =>
    readFileSync(work.path(run, 'checkpoints', `${name}.safetensors`)).toString('base64'),
  );
const environmentOf = (run: string) =>
  JSON.parse(readFileSync(work.path(run, 'environment.json'), 'utf8')) as {
    readonly workers: readonly { readonly pid: number }[];
    readonly mpi?: string;
  };

describe.skipIf(reason !== undefined)(`involve train under mpirun${reason ? ` (${reason})` : ''}`, () => {
  const { launcher, env, version } = mpi as TestMpi;
  const start = (processes: number, args: readonly string[], watch?: (text: string) => void) =>
    work.start(args, watch, undefined, env, launcher(processes));
  let straight: Finished;

  beforeAll(async () => {
    work.write('tiny.json', tinyExperiment({ train: { epochs: 2 } }));
    straight = await start(2, train('straight'));
  });

  it('has the bits of as many workers of its own, and says who took part', async () => {
    expect(straight.stderr).toBe('');
    expect(straight.code).toBe(0);
    // One of them speaks.
    expect(straight.stdout.match(/"type":"begin"/g)).toHaveLength(1);
    expect(environmentOf('straight')).toMatchObject({ workers: [{ rank: 0 }, { rank: 1 }], mpi: version });
    expect((await work.start(train('sockets', '--workers', '2'))).code).toBe(0);
    expect(bytesOf('sockets')).toEqual(bytesOf('straight'));
  });

  it.skipIf(NO_TENSORFLOW)(
    `has them on TensorFlow too${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`,
    async () => {
      work.write('few.json', {
        ...tinyExperiment({ train: { batchSize: 8, epochs: undefined, steps: 4, ema: 0.9 } }),
        model: { family: 'wide-resnet', depth: 10, widen: 1 },
        // Its own operations would have to be compiled into the cache of this workspace.
        engine: { customOps: false },
      });
      const args = (out: string): string[] => [
        ...['train', 'few.json', '--out', out, '--engine', 'tensorflow', '--threads', '2', '--json'],
      ];
      const engines = { INVOLVE_ENGINE_DIR: defaultEnginesDir() };
      const byMpi = await work.start(
        args('tf-mpi'),
        undefined,
        undefined,
        { ...env, ...engines },
        launcher(2),
      );
      expect([byMpi.code, byMpi.stderr]).toEqual([0, '']);
      expect(environmentOf('tf-mpi')).toMatchObject({
        ...{ workers: [{ rank: 0 }, { rank: 1 }], threads: 1, mpi: version, engine: { name: 'tensorflow' } },
      });
      const bySockets = await work.start(
        [...args('tf-sockets'), '--workers', '2'],
        undefined,
        undefined,
        engines,
      );
      expect(bySockets.code).toBe(0);
      expect(bytesOf('tf-mpi')).toEqual(bytesOf('tf-sockets'));
    },
  );

  it('of which a process is killed ends, and goes on to the same bytes', async () => {
    let isKilled = false;
    const killed = await start(2, train('killed'), (text) => {
      if (isKilled || !text.includes('"step":5,')) return;
      isKilled = true;
      process.kill(environmentOf('killed').workers[1]!.pid, 'SIGKILL');
    });
    expect(killed.code).not.toBe(0);
    expect(existsSync(work.path('killed', 'checkpoints', 'last.safetensors'))).toBe(true);
    const resumed = await start(2, train('killed', '--resume'));
    expect(resumed.code).toBe(0);
    expect(resumed.stdout).not.toContain('not bit for bit');
    expect(bytesOf('killed')).toEqual(bytesOf('straight'));
  });

  it.each([
    [3, [], '3 workers cannot have equal shares of a batch of 10 (train.batchSize): give 1, 2, 5 or 10'],
    [2, ['--workers', '2'], '--workers 2 starts workers on this machine, and '],
    [2, ['--set', 'train.epoch=3'], 'unknown key "epoch" in train'],
  ])('of %i processes refuses %s, in one voice', async (processes, flags, what) => {
    const { code, stderr } = await start(processes, train('refused', ...flags));
    expect(code).toBe(2);
    expect(stderr).toContain(`error: ${what}`);
    expect(stderr.match(/^error: /gm)).toHaveLength(1);
    expect(existsSync(work.path('refused'))).toBe(false);
  });

  it('of which one alone is started is a run as ever', async () => {
    const { code, stdout } = await start(1, train('alone', '--dry-run'));
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ experiment: { train: { workers: 1 } } });
  });
});

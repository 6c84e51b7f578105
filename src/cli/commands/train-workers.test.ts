import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultEnginesDir } from '../../engine/tensorflow/installation.js';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { readMetrics } from '../../runs/record/metrics-csv.js';
import { processOf, stateOf } from '../../util/process-identity.js';
import { tinyExperiment, Workspace, type Finished } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

const train = (out: string, ...more: readonly string[]): string[] => [
  ...['train', 'tiny.json', '--out', out, '--engine', 'wasm', '--json', ...more],
];

/** Bytes of the checkpoints and the columns that must come out alike. */
async function resultOf(run: string): Promise<unknown> {
  const rows = await readMetrics(work.path(run, 'metrics.csv'));
  return {
    rows: rows.map(({ epoch, step, learning_rate, train_loss, train_top1, val_loss, val_top1, val_top5 }) => [
      ...[epoch, step, learning_rate, train_loss, train_top1, val_loss, val_top1, val_top5],
    ]),
    checkpoints: ['last', 'best'].map((name) =>
      readFileSync(work.path(run, 'checkpoints', `${name}.safetensors`)).toString('base64'),
    ),
  };
}

interface RecordedWorkers {
  readonly threads: number;
  readonly workers?: readonly { readonly rank: number; readonly pid: number }[];
}
const recordOf = (run: string): RecordedWorkers & { readonly resumed?: readonly RecordedWorkers[] } =>
  JSON.parse(readFileSync(work.path(run, 'environment.json'), 'utf8')) as RecordedWorkers;
/** Of the processes that do the work now. */
const pidsOf = (run: string): number[] => {
  const { workers, resumed } = recordOf(run);
  return (resumed?.at(-1)?.workers ?? workers!).map(({ pid }) => pid);
};
async function allGone(pids: readonly number[]): Promise<void> {
  while (!pids.every((pid) => stateOf(processOf(pid)) === 'gone'))
    await new Promise((resolve) => setTimeout(resolve, 50));
}

/** Does something once, when a step is shown. */
function atStep(step: number, act: (child: ChildProcess) => void) {
  let isDone = false;
  return (text: string, child: ChildProcess): void => {
    if (isDone || !text.includes(`"step":${step},`)) return;
    isDone = true;
    act(child);
  };
}

describe('involve train --workers', () => {
  let straight: Finished;
  let expected: unknown;

  beforeAll(async () => {
    work.write('tiny.json', tinyExperiment({ train: { epochs: 2 } }));
    straight = await work.start(train('straight', '--workers', '2'));
    expect(straight).toMatchObject({ code: 0, stderr: '' });
    expected = await resultOf('straight');
  });

  it('trains in one run folder, says who took part, and leaves nobody behind', async () => {
    const { workers, threads } = recordOf('straight');
    expect(workers).toMatchObject([{ rank: 0 }, { rank: 1 }]);
    expect(threads).toBeGreaterThan(0);
    expect(straight.stdout).toMatch(/"type":"begin".*"workers":2/);
    await allGone(workers!.map(({ pid }) => pid));
    expect(readFileSync(work.path('straight', 'config.yaml'), 'utf8')).toContain('workers: 2');
  });

  it.each([0, 1])('whose worker %i is killed goes on to the same bytes', async (rank) => {
    const out = `killed-${rank}`;
    const killed = await work.start(
      train(out, '--workers', '2'),
      atStep(5 + rank, () => process.kill(pidsOf(out)[rank]!, 'SIGKILL')),
    );
    const pids = pidsOf(out);
    if (rank === 0) {
      expect(killed.signal).toBe('SIGKILL');
    } else {
      expect(killed.code).toBe(1);
      expect(killed.stderr).toContain(`error: worker 1 (process ${pids[1]}) has ended (SIGKILL)`);
      expect(killed.stderr).toContain('--resume goes on from the last checkpoint');
      expect(existsSync(work.path(out, 'run.lock'))).toBe(false);
    }
    await allGone(pids);
    // As many workers as before, though nobody says so.
    const resumed = await work.start(train(out, '--resume'));
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(resumed.stdout).not.toContain('not bit for bit');
    expect(await resultOf(out)).toEqual(expected);
  });

  it('saves once when the first or another one is told to stop, and goes on exactly', async () => {
    const out = 'stopped';
    const first = await work.start(
      train(out, '--workers', '2'),
      atStep(4, (child) => child.kill('SIGINT')),
    );
    expect(first.code).toBe(130);
    expect(first.stdout.match(/"type":"checkpoint","name":"last"/g)?.length).toBeLessThanOrEqual(3);
    await allGone(pidsOf(out));
    const second = await work.start(
      train(out, '--resume'),
      atStep(10, () => process.kill(pidsOf(out)[1]!, 'SIGTERM')),
    );
    expect(second.code).toBe(130);
    expect(second.stdout).toContain('"type":"interrupted"');
    expect((await work.start(train(out, '--resume'))).code).toBe(0);
    expect(await resultOf(out)).toEqual(expected);
  });

  it('goes on with another number of workers, and says that it is not exact', async () => {
    const out = 'other';
    await work.start(
      train(out, '--workers', '2'),
      atStep(5, (child) => child.kill('SIGTERM')),
    );
    const { code, stdout } = await work.start(train(out, '--resume', '--workers', '1'));
    expect(code).toBe(0);
    expect(stdout).toContain(
      'the run goes on, but not bit for bit: its batches were shared by 2 workers before, and by 1 now',
    );
  });

  it.each([
    [
      ['--workers', '3'],
      '3 workers cannot have equal shares of a batch of 10 (train.batchSize): give 1, 2, 5 or 10 workers, or a batch of 9 or 12',
    ],
    [
      ['--workers', '20'],
      '20 workers cannot have equal shares of a batch of 10 (train.batchSize): give 1, 2, 5 or 10 workers, or a batch of 20',
    ],
    [['--workers', '0'], '--workers expects a whole number from 1 to 64, received "0"'],
  ])('refuses %s', async (flags, what) => {
    const { code, stderr } = await work.start(train('refused', ...flags));
    expect([code, stderr.split('\n')[0]]).toEqual([2, `error: ${what}`]);
    expect(existsSync(work.path('refused'))).toBe(false);
  });

  it.skipIf(NO_TENSORFLOW)('does the same on TensorFlow', async () => {
    const run = (out: string, ...more: string[]): Promise<Finished> =>
      work.start(
        // Its own operations would have to be compiled into the cache of this workspace.
        [
          'train',
          'tiny.json',
          '--out',
          out,
          '--engine',
          'tensorflow',
          '--set',
          'engine.customOps=false',
          ...more,
        ],
        undefined,
        undefined,
        { INVOLVE_ENGINE_DIR: defaultEnginesDir() },
      );
    expect((await run('tf-a', '--workers', '2')).code).toBe(0);
    expect((await run('tf-b', '--workers', '2')).code).toBe(0);
    expect(await resultOf('tf-b')).toEqual(await resultOf('tf-a'));
  });
});

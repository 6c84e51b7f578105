import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readMetrics } from '../../runs/record/metrics-csv.js';
import { tinyExperiment, Workspace } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

const bytes = (run: string, name: string): Buffer =>
  readFileSync(work.path(run, 'checkpoints', `${name}.safetensors`));

const columns = async (run: string): Promise<unknown[]> =>
  (await readMetrics(work.path(run, 'metrics.csv'))).map(
    ({ epoch, step, train_loss, val_loss, val_top1 }) => ({
      ...{ epoch, step, train_loss, val_loss, val_top1 },
    }),
  );

describe.each([null, 0.9])('statistics measured before each validation, EMA %s', (ema) => {
  const [file, straight, killed] = ['json', 'straight', 'killed'].map((name) => `${ema ?? 'raw'}-${name}`);
  const train = { ema, batchNormStatistics: 'recomputed', batchNormImages: 40, batchNormBatch: 16 };
  const experiment = {
    ...tinyExperiment({
      train,
      model: { attention: { type: 'involution', followedBy: 'bn-swish', kernelBound: 'l2' } },
    }),
    checkpoint: { every: { steps: 3 }, keep: 2 },
  };
  beforeAll(async () => {
    work.write(file, experiment);
    const run = await work.start(['train', file, '--out', straight, '--engine', 'wasm', '--json']);
    expect(run.stderr).not.toContain('error');
    expect(run.code).toBe(0);
    // 72 images to train on, 40 of them in three batches of 14, 14 and 12.
    const plans = run.stdout.split('\n').filter((line) => line.includes('"of":"statistics"'));
    expect(plans.map((line) => (JSON.parse(line) as { batch: number }).batch)).toEqual([14, 12]);
  });

  it('are the same after kill -9 within an epoch, bit for bit', async () => {
    const first = await work.start(
      ['train', file, '--out', killed, '--engine', 'wasm', '--json'],
      (text, child) => {
        if (text.includes('"step":11,')) child.kill('SIGKILL');
      },
    );
    expect(first.signal).toBe('SIGKILL');
    const second = await work.start(['train', file, '--out', killed, '--resume', '--json']);
    expect(second.code).toBe(0);
    expect(await columns(killed)).toEqual(await columns(straight));
    for (const name of ['last', 'best', 'averaged'])
      expect(bytes(killed, name).equals(bytes(straight, name)), name).toBe(true);
  });

  it('are those that eval uses', async () => {
    const evaluation = await work.start(['eval', straight, '--split', 'validation', '--json']);
    const { loss, epoch } = JSON.parse(evaluation.stdout) as { loss: number; epoch: number };
    const row = (await readMetrics(work.path(straight, 'metrics.csv'))).find((each) => each.epoch === epoch)!;
    expect(Math.abs(loss / (row.val_loss as number) - 1)).toBeLessThan(1e-6);
  });
});

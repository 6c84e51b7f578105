import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findInstallation } from '../../engine/tensorflow/installation.js';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { readMetrics } from '../../runs/record/metrics-csv.js';
import { tinyExperiment, Workspace } from '../command-line.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

/** All that a training remembers or is fed from step to step, at once: 6 batches, 3 steps an epoch. */
const everything = {
  ...tinyExperiment({
    model: {
      removeStages: [5, 6, 7, 8],
      dropConnect: { from: 0, to: 0.4 },
      dropout: { from: 0.1, to: 0.3 },
    },
    train: {
      epochs: 4,
      batchSize: 9,
      accumulate: 2,
      until: { patience: 3 },
      schedule: { name: 'one-cycle', cycleMomentum: true },
      labelSmoothing: { from: 0.2, to: 0 },
      progressive: [{ size: 24, until: { epochs: 1.5 } }],
      clipNorm: 5,
      ema: { decay: 0.9, warmUp: true, validateRaw: true },
      batchNormStatistics: 'recomputed',
      batchNormImages: 40,
      batchNormBatch: 20,
    },
  }),
  data: { name: 'scenes', inputSize: 32, scenes: { train: 60, test: 12 } },
  augment: {
    shiftCrop: 2,
    randomResizedCrop: {},
    rotation: { degrees: 30 },
    policy: { name: 'trivial-augment-wide' },
    colorJitter: { brightness: 0.4, hue: 0.1 },
    grayscale: 0.3,
    randomErasing: { value: 'random' },
    mixup: { alpha: 0.4, probability: 0.45 },
    cutmix: { probability: 0.45 },
  },
  checkpoint: { every: { steps: 2 }, keep: 2 },
};

/** The columns that are no measurements of time and memory. */
const columns = async (run: string): Promise<unknown[]> =>
  (await readMetrics(work.path(run, 'metrics.csv'))).map((row) =>
    Object.fromEntries(
      Object.entries(row).filter(([name]) => /^(epoch|step|learning_rate|(train|val)_.+)$/.test(name)),
    ),
  );

const bytes = (run: string, name: string): Buffer =>
  readFileSync(work.path(run, 'checkpoints', `${name}.safetensors`));

describe.each([
  // Within the first epoch, of small images; within the one that begins with them and ends without; near the end.
  ['wasm', [3, 5, 10]],
  // Each start takes its time: graphs are made anew.
  ['tensorflow', [5]],
] as const)('a run with everything on, on %s', (engine, kills) => {
  const why = engine === 'tensorflow' ? NO_TENSORFLOW : undefined;

  it.skipIf(why)(`goes on after kill -9, bit for bit${why ? ` (${why})` : ''}`, async () => {
    const env = engine === 'tensorflow' ? { INVOLVE_ENGINE_DIR: dirname(findInstallation('cpu')!.dir) } : {};
    const [file, straight, killed] = ['json', 'straight', 'killed'].map((name) => `${engine}-${name}`);
    work.write(file, everything);
    const train = (out: string, more: string[], watch?: Parameters<Workspace['start']>[1]) =>
      work.start(['train', file, '--out', out, '--engine', engine, '--json', ...more], watch, undefined, env);
    const first = await train(straight, []);
    expect(first.stderr).not.toContain('error');
    expect(first.code).toBe(0);
    for (const [i, step] of kills.entries()) {
      const more = i === 0 ? [] : ['--resume'];
      const stopped = await train(killed, more, (text, child) => {
        if (text.includes(`"step":${step},`)) child.kill('SIGKILL');
      });
      expect(stopped.signal, `killed at step ${step}`).toBe('SIGKILL');
    }
    const last = await train(killed, ['--resume']);
    expect(last.code).toBe(0);
    expect(await columns(killed)).toEqual(await columns(straight));
    expect((await columns(straight))[0]).toHaveProperty('val_raw_loss');
    for (const name of ['last', 'best', 'averaged'])
      expect(bytes(killed, name).equals(bytes(straight, name)), name).toBe(true);
  });
});

import { afterAll, describe, expect, it } from 'vitest';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { tinyExperiment, Workspace } from '../command-line.testing.js';
import { expectExactAfterKills } from '../kills.testing.js';

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
    randomScale: [0.7, 1.4],
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

describe.each([
  // Within the first epoch, of small images; within the one that begins with them and ends without; near the end.
  ['wasm', [3, 5, 10]],
  // Each start takes its time: graphs are made anew.
  ['tensorflow', [5]],
] as const)('a run with everything on, on %s', (engine, kills) => {
  const why = engine === 'tensorflow' ? NO_TENSORFLOW : undefined;

  it.skipIf(why)(`goes on after kill -9, bit for bit${why ? ` (${why})` : ''}`, async () => {
    const [first] = await expectExactAfterKills(work, everything, { engine, kills });
    expect(first).toHaveProperty('val_raw_loss');
  });
});

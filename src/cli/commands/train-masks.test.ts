import { afterAll, describe, expect, it } from 'vitest';
import { NO_TENSORFLOW } from '../../engine/tensorflow/testing.js';
import { Workspace } from '../command-line.testing.js';
import { expectExactAfterKills } from '../kills.testing.js';

const work = new Workspace();
afterAll(() => work.remove());

const part = (type: string) => ({ channels: 8, spatial: { type, groups: { channels: 4 } } });

/** Semantic FPN over dilated maps, and all that only masks have: 6 steps an epoch. */
const pyramid = {
  name: 'pyramid',
  data: { name: 'scene-masks', inputSize: 32, scenes: { train: 60, test: 12 } },
  augment: { shiftCrop: 2, randomScale: [0.5, 2], rotation: { degrees: 20 }, randomErasing: {} },
  model: {
    family: 'resnet',
    blocks: [1, 1, 1, 1],
    width: 8,
    outputStride: 16,
    dropConnect: 0.2,
    decoder: { type: 'semantic-fpn', neck: part('involution'), head: part('involution'), dropout: 0.2 },
  },
  train: {
    batchSize: 9,
    epochs: 3,
    ema: 0.9,
    classWeights: [1, 1, 2, 2, 1, 1, 1, 1, 1, 3],
    onlineHardPixels: { minKept: 100, thresh: 0.6 },
    progressive: [{ size: 24, until: { epochs: 0.7 } }],
  },
  checkpoint: { every: { steps: 2 }, keep: 2 },
};

describe.each([
  // Within the first epoch, of small images, and within the last.
  ['wasm', [3, 16]],
  ['tensorflow', [9]],
] as const)('a run of a pyramid on masks, on %s', (engine, kills) => {
  const why = engine === 'tensorflow' ? NO_TENSORFLOW : undefined;

  it.skipIf(why)(`goes on after kill -9, bit for bit${why ? ` (${why})` : ''}`, async () => {
    const rows = await expectExactAfterKills(work, pyramid, { engine, kills });
    expect(rows).toHaveLength(3);
    expect(rows[0]).toHaveProperty('val_miou');
  });
});

import { beforeAll, expect, it } from 'vitest';
import type { TrainConfig } from '../../train/options.js';
import { openReference } from '../../engine/testing.js';
import type { LayersModel } from '../../engine/tf.js';
import { design } from '../../models/testing.js';
import { optimizer } from '../../train/optimizer-options.js';
import { memoryNote } from './memory-note.js';

const net = design({ removeStages: [5, 6, 7, 8] }, 64, 10);
let model: LayersModel;
beforeAll(async () => {
  await openReference();
  model = net.build(0, 'noted');
});

const { parameters, nonTrainable } = net.total();
const train = { optimizer: optimizer.parse({ name: 'adamw' }), ema: null } as unknown as TrainConfig;
// AdamW remembers two moments a parameter, and the powers of its two betas.
const stateBytes = 4 * (3 * parameters + nonTrainable + 2);
const footprint = { processBytes: 1e9, bytesPerCall: 0, stateCopies: 1, limitBytes: 8e9 };

const plan = (plannedBytes: number) =>
  ({ type: 'plan', batch: 64, plannedBytes, calls: 1, recomputes: false, inOrder: false }) as const;
const note = (device: 'cpu' | 'cuda', plannedBytes: number, engineBytes?: number) => {
  const engine = { device, footprint: { ...footprint, engineBytes } };
  return memoryNote(engine, model, train, plan(plannedBytes));
};

it('says before a step that the GPU is too small for it, and which batch fits', () => {
  expect(note('cuda', 7e9 - stateBytes)).toBeUndefined();
  const fits = Math.floor((0.95 * 64 * (7e9 - stateBytes)) / 9e9);
  expect(note('cuda', 9e9)).toBe(
    `a step with a batch of 64 needs about ${((10e9 + stateBytes) / 1e9).toFixed(1)} GB, and the GPU has 8.0 GB: ` +
      `the system may end the run for it; train.batchSize ${fits} fits`,
  );
});

it('says so of the batches that statistics are measured on, by their own key', () => {
  const engine = { device: 'cpu', footprint } as const;
  expect(memoryNote(engine, model, train, { ...plan(9e9), of: 'statistics' })).toMatch(
    /^measuring statistics with a batch of 64 needs about .*; train\.batchNormBatch \d+ fits$/,
  );
});

it('speaks of the machine where that computes, and leaves what an engine cannot address to the engine', () => {
  expect(note('cpu', 9e9)).toMatch(/, and this machine has 8\.0 GB: the system may end the run for it; /);
  expect(note('cpu', 2e9, 1e9)).toBeUndefined();
});

it('has nothing to say where steps are not planned', () => {
  expect(memoryNote({ device: 'cpu' }, model, train, plan(1e15))).toBeUndefined();
});

import { expect, it } from 'vitest';
import { loadExperiment } from './load.js';
import { smokeSizes, smokeVersion } from './smoke.js';
import { ConfigFolder, MINIMAL } from './testing.js';

function load(...set: string[]) {
  const configs = new ConfigFolder();
  try {
    configs.write('a.json', MINIMAL);
    return loadExperiment('a.json', { cwd: configs.path, set }).experiment;
  } finally {
    configs.remove();
  }
}

it.each([
  // batch, workers, the batch of a smoke run: at most ten images, the same number for every worker
  [64, 1, 10],
  [64, 3, 9],
  [64, 5, 10],
  [64, 16, 16],
  [4, 2, 4],
])('a batch of %i over %i workers is one of %i', (batchSize, workers, smoked) => {
  const { train, ...rest } = load();
  const { train: small } = smokeVersion({ ...rest, train: { ...train, batchSize, workers } }, 32);
  expect(small.batchSize).toBe(smoked);
});

it('a smoke run is one epoch of few, small images, under a name of its own', () => {
  const experiment = load(
    ...['data.inputSize=224', 'augment.shiftCrop=60', 'data.limit={train: 40, test: 1000}'],
    'train.progressive=[{size: 64, until: {epochs: 1}}]',
  );
  expect(smokeSizes(experiment)).toEqual([48, 64, 80, 96, 128, 224]);
  expect(smokeSizes(load('data.inputSize=64'))).toEqual([48, 64]);
  const small = smokeVersion(experiment, 48);
  expect(small).toMatchObject({
    name: 'minimal-smoke',
    augment: { shiftCrop: 47 },
    data: { inputSize: 48, limit: { train: 40, validation: 30, test: 30 } },
    train: { epochs: 1, steps: null, until: 'end', progressive: null },
  });
  expect(small.model).toEqual(experiment.model);
  expect(smokeVersion(load('augment.shiftCrop=3'), 48).augment.shiftCrop).toBe(3);
});

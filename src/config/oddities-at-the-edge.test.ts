import { afterEach, beforeEach, expect, it } from 'vitest';
import { oddities } from './oddities.js';
import { ConfigFolder } from './testing.js';

let configs: ConfigFolder;
beforeEach(() => {
  configs = new ConfigFolder();
});
afterEach(() => configs.remove());

const load = (set: readonly string[]) => configs.minimal(set);

it('nothing is odd that lies right at the edge of it', () => {
  const rate = (learningRate: number, own: number) =>
    `train.optimizer={name: muon, learningRate: ${learningRate}, adamw: {learningRate: ${own}}}`;
  for (const fine of [
    'train.schedule={name: cosine, warmUp: {epochs: 1}}',
    'train.schedule={name: step, at: [{epochs: 1.9}]}',
    'train.schedule={name: cosine, restarts: {first: {epochs: 1}}}',
    'train.until={patience: 1}',
    'checkpoint.every={epochs: 2}',
    'data.validation=0.5',
    'augment.shiftCrop=16',
    'augment.randomScale=[1, 1.1]',
    'augment.randomScale=[0.9, 1]',
    'augment.colorJitter={contrast: 0.1}',
    rate(10, 10),
  ])
    expect(load([fine]).notes, fine).toEqual([]);
  expect(load([rate(11, 10)]).notes[0]).toContain('a rate of 11 is');
  const whole = load(['train.schedule={name: cosine, warmUp: {epochs: 2}}']).notes;
  expect(whole).toHaveLength(1);
  expect(whole[0]).toMatch(
    /a warm-up of 2 epochs in a training of 2 epochs: the rate does nothing but climb$/,
  );
  expect(oddities(load(['train.batchSize=100']).experiment, 100)).toEqual([]);
});

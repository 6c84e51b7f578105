import { afterEach, beforeEach, expect, it } from 'vitest';
import { oddities } from './oddities.js';
import { ConfigFolder } from '../testing.js';

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
    'augment.colorJitter={brightness: [0, 0.1], saturation: [0, 0]}',
    'train.schedule={name: exponential, every: {epochs: 1.9}}',
    'train.schedule={name: exponential, every: {epochs: 4}, staircase: false}',
    'train.schedule={name: exponential, every: {epochs: 1}, factor: 1e-6}',
    'train.schedule={name: inverse-sqrt, timescale: {epochs: 20}}',
    'train.until={patience: 1, minDelta: 0.9}',
    'train.clipNorm=1e-6',
    'train.labelSmoothing=0.5',
    'train.labelSmoothing={from: 0.9, to: 0}',
    'model.dropout=0.95',
    'model.dropConnect={from: 0, to: 0.99}',
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

it('a loss may be asked to fall by any number', () => {
  expect(load(['checkpoint.best=val_loss', 'train.until={patience: 1, minDelta: 5}']).notes).toEqual([]);
});

it('statistics of batch norm that never leave their beginning are odd, and not where they are measured', () => {
  const notes = (...set: string[]) => load(['train.epochs=null', 'train.steps=36', ...set]).notes.join();
  const slow = 'model.batchNorm={momentum: 0.9999}';
  expect(notes(slow)).toMatch(/model\.batchNorm\.momentum: after 36/);
  expect(notes(slow)).toContain('after 36 steps the statistics of batch norm are 99 % those it began with');
  expect(notes(slow, 'train.batchNormStatistics=recomputed')).toBe('');
  expect(notes('model.batchNorm={momentum: 0.99}')).toBe('');
  expect(notes('model.batchNorm={momentum: 0.995}', 'train.steps=1000')).toBe('');
});

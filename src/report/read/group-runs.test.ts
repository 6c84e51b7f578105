import { afterEach, beforeEach, expect, it } from 'vitest';
import { groupRuns, shortText } from './group-runs.js';
import { RunsFolder, type RunContent } from '../report.testing.js';

let runs: RunsFolder;
beforeEach(() => {
  runs = new RunsFolder();
});
afterEach(() => runs.remove());

it('puts the seeds of a config together, in order, and leaves out what did not finish', async () => {
  const dirs = [
    runs.write('b/seed-2'),
    runs.write('b/seed-0'),
    runs.write('b/seed-1', { outcome: 'diverged' }),
    runs.write('a/seed-0', { train: { batchSize: 8 } }),
  ];
  const groups = groupRuns(await runs.readAll(dirs));
  expect(groups.map(({ name }) => name)).toEqual(['b', 'a']);
  expect(groups[0].runs.map(({ seed }) => seed)).toEqual([0, 1, 2]);
  expect(groups[0].counted.map(({ seed }) => seed)).toEqual([0, 2]);
});

it('keeps two jobs apart whose configs are equal', async () => {
  const dirs = ['a/seed-0', 'b/seed-0', 'a/seed-1'].map((dir) => runs.write(dir));
  const groups = groupRuns(await runs.readAll(dirs));
  expect(groups.map(({ name, runs: found }) => [name, found.map(({ seed }) => seed)])).toEqual([
    ['a', [0, 1]],
    ['b', [0]],
  ]);
});

it.each<[string, RunContent]>([
  ['train.batchSize', { train: { batchSize: 8 } }],
  ['data.splitSeed', { data: { splitSeed: 1 } }],
  ['data.limit', { data: { limit: { train: 50 } } }],
  ['checkpoint.best', { checkpoint: { best: 'val_loss' } }],
  ['model', { model: { removeStages: [7, 8] } }],
])('takes %s for another config', async (_, content) => {
  const dirs = [runs.write('a/seed-0'), runs.write('a/seed-1', content)];
  expect(groupRuns(await runs.readAll(dirs))).toHaveLength(2);
});

it('does not take where a run computed for another config', async () => {
  const dirs = [
    runs.write('a/seed-0', { data: { dir: '/here' } }),
    runs.write('a/seed-1', { data: { dir: '/there' }, source: { article: 'B' } }),
  ];
  expect(groupRuns(await runs.readAll(dirs))).toHaveLength(1);
});

it('counts a seed once', async () => {
  const dirs = [runs.write('x/a/seed-0'), runs.write('y/a/seed-0'), runs.write('y/a/seed-1')];
  const [group] = groupRuns(await runs.readAll(dirs));
  expect(group.counted.map(({ dir }) => dir)).toEqual(['x/a/seed-0', 'y/a/seed-1']);
  expect(group.repeats.map(({ dir }) => dir)).toEqual(['y/a/seed-0']);
});

it('names configs of one name by what tells them apart', async () => {
  const dirs = [
    // Of another name, which has no part in it.
    runs.write('x/b/seed-0', { data: { splitSeed: 3 } }),
    runs.write('x/a/seed-0'),
    runs.write('y/a/seed-0', { train: { batchSize: 8 } }),
    runs.write('z/a/seed-0', { model: { removeStages: [7, 8] } }),
  ];
  expect(groupRuns(await runs.readAll(dirs)).map(({ name }) => name)).toEqual([
    'b',
    'a (train.batchSize=32)',
    'a (train.batchSize=8)',
    'a (model.removeStages=[7,8])',
  ]);
});

it('names groups by their folder where two differences do not tell them apart', async () => {
  const of = (dir: string, epochs: number): string =>
    runs.write(dir, {
      train: { batchSize: 8, epochs: 4, labelSmoothing: epochs / 100 },
      data: { splitSeed: 1 },
    });
  const dirs = [runs.write('x/a/seed-0'), of('y/a/seed-0', 10), of('z/a/seed-0', 20)];
  const names = groupRuns(await runs.readAll(dirs)).map(({ name }) => name);
  expect(names.slice(1)).toEqual([
    'a (data.splitSeed=1, train.batchSize=8) [y/a/seed-0]',
    'a (data.splitSeed=1, train.batchSize=8) [z/a/seed-0]',
  ]);
});

it('writes values in few letters', () => {
  const long = 'x'.repeat(41);
  expect([undefined, null, 'text', [1, 2], long.slice(1), long].map(shortText)).toEqual([
    ...['absent', 'null', 'text', '[1,2]'],
    ...['x'.repeat(40), `${'x'.repeat(37)}…`],
  ]);
});

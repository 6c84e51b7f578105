import { afterEach, beforeEach, expect, it } from 'vitest';
import { groupRuns } from './group-runs.js';
import { RunsFolder } from '../report.testing.js';

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
    runs.write('x/a/seed-0'),
    runs.write('y/a/seed-0', { train: { batchSize: 8 } }),
    runs.write('z/a/seed-0', { model: { removeStages: [7, 8] } }),
  ];
  expect(groupRuns(await runs.readAll(dirs)).map(({ name }) => name)).toEqual([
    'a (train.batchSize=32)',
    'a (train.batchSize=8)',
    'a (model.removeStages=[7,8])',
  ]);
});

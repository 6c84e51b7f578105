import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Metric, TaskMetrics } from '../../metrics/metric.js';
import { differentData, differentMetrics } from './comparable.js';
import { RunsFolder, type RunContent } from '../report.testing.js';

let runs: RunsFolder;
beforeEach(() => {
  runs = new RunsFolder();
});
afterEach(() => runs.remove());

async function compare(a: RunContent, b: RunContent): Promise<string[] | undefined> {
  const found = await runs.readAll([runs.write('a/seed-0', a), runs.write('b/seed-0', b)]);
  return differentData(found)?.problems.map(({ what }) => what);
}

it('refuses other images, naming every difference', async () => {
  const error = differentData(
    await runs.readAll([
      runs.write('a/seed-0', { fingerprint: '1' }),
      runs.write('b/seed-0', { fingerprint: '1' }),
      runs.write('c/seed-0', { fingerprint: '2', data: { inputSize: 64, limit: { train: 100 } } }),
      runs.write('d/seed-0', { fingerprint: '3', data: { inputSize: 48, validation: 'test' } }),
    ]),
  );
  expect(error).toMatchObject({ code: 'E_REPORT_DATA', exitCode: 2 });
  expect(error!.problems).toEqual([
    { what: 'runs over different data cannot be compared' },
    { what: 'data.inputSize is 32 in a/seed-0 but 64 in c/seed-0' },
    { what: 'data.limit.train is null in a/seed-0 but 100 in c/seed-0' },
    {
      what: 'data.validation is 0.1 in a/seed-0 but "test" in d/seed-0',
      try: 'a report of each group of runs that share their data',
    },
  ]);
});

it('refuses images that changed behind the same config', async () => {
  expect(await compare({ fingerprint: '1' }, { fingerprint: '2' })).toEqual([
    'runs over different data cannot be compared',
    'the images are not the same in a/seed-0 and b/seed-0, though their configs say the same of the data',
  ]);
});

it('takes the same images, whatever the configs call them', async () => {
  const other = { dir: '/elsewhere', limit: { test: 5 }, scenes: { train: 3000, test: 600, seed: 0 } };
  expect(await compare({}, { data: other })).toBeUndefined();
});

it('goes by the configs where no fingerprint was recorded', async () => {
  const unknown = { environment: { data: undefined } };
  const harmless = { dir: '/elsewhere', skipBadImages: true, limit: { test: 5 } };
  expect(await compare(unknown, { ...unknown, data: harmless })).toBeUndefined();
  expect(await compare(unknown, { ...unknown, data: { splitSeed: 1 } })).toEqual([
    'runs over different data cannot be compared',
    'data.splitSeed is 0 in a/seed-0 but 1 in b/seed-0',
  ]);
});

it('cannot tell where one of two has no fingerprint, and goes by the configs', async () => {
  const unknown = { environment: { data: undefined } };
  for (const [a, b] of [
    [unknown, {}],
    [{}, unknown],
  ]) {
    expect(await compare(a, b)).toBeUndefined();
    expect(await compare(a, { ...b, data: { splitSeed: 1 } })).toHaveLength(2);
  }
});

it('says of a value that one of them lacks that it is absent', async () => {
  const scenes = { train: 90, test: 10, seed: 0 };
  expect(await compare({ fingerprint: '1' }, { fingerprint: '2', data: { scenes } })).toContainEqual(
    expect.stringMatching(/ is absent in a\/seed-0 but .* in b\/seed-0$/),
  );
});

it('refuses runs in which another metric counts, and names both', async () => {
  const error: Metric = { name: 'error', title: 'mean error', unit: 'number', better: 'lower' };
  const measured: TaskMetrics = { train: [error], validation: [error], primary: error };
  const dirs = [runs.write('a/seed-0'), runs.write('b/seed-0'), runs.write('c/seed-0', { measured })];
  const [a, b, c] = await runs.readAll(dirs);
  expect(differentMetrics([a!])).toBeUndefined();
  expect(differentMetrics([a!, b!])).toBeUndefined();
  expect(differentMetrics([a!, b!, c!])).toMatchObject({
    code: 'E_REPORT_METRICS',
    exitCode: 2,
    problems: [{ what: expect.stringMatching(/in a\/seed-0 but mean error in c\/seed-0$/) as string }],
  });
});

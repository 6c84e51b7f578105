import { afterEach, beforeEach, expect, it } from 'vitest';
import { differentData } from './comparable.js';
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

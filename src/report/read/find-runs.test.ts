import { afterEach, beforeEach, expect, it } from 'vitest';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findRuns } from './find-runs.js';
import { RunsFolder } from '../report.testing.js';

let runs: RunsFolder;
beforeEach(() => {
  runs = new RunsFolder();
});
afterEach(() => runs.remove());

const find = async (...targets: string[]) => {
  const found = await findRuns(targets, runs.path);
  const short = (dirs: readonly string[]): string[] => dirs.map((dir) => dir.slice(runs.path.length + 1));
  return { runs: short(found.runs), unstarted: short(found.unstarted) };
};

it('finds a run, all seeds of a config, and all jobs of a sweep, in natural order', async () => {
  for (const job of ['a10', 'a2']) runs.writeSeeds(`runs/sweep/${job}`, [[0.5], [0.5]]);
  expect((await find('runs/sweep/a2/seed-1')).runs).toEqual(['runs/sweep/a2/seed-1']);
  expect((await find('runs/sweep/a2')).runs).toEqual(['runs/sweep/a2/seed-0', 'runs/sweep/a2/seed-1']);
  expect((await find('runs/sweep')).runs).toEqual([
    ...['runs/sweep/a2/seed-0', 'runs/sweep/a2/seed-1'],
    ...['runs/sweep/a10/seed-0', 'runs/sweep/a10/seed-1'],
  ]);
});

it('finds the runs of all sweeps below runs/, and none that lie deeper', async () => {
  runs.write('runs/sweep/job/seed-0');
  runs.write('runs/sweep/job/deep/seed-0');
  expect(await find('runs')).toEqual({ runs: ['runs/sweep/job/seed-0'], unstarted: [] });
});

it('finds by a name under runs/, and by the file that the runs were made from', async () => {
  runs.write('runs/blog/seed-0');
  runs.file('configs/other-name.yaml', 'name: blog\n');
  runs.file('configs/blog.json', '{}');
  for (const target of ['blog', 'configs/other-name.yaml', 'configs/blog.json']) {
    expect((await find(target)).runs).toEqual(['runs/blog/seed-0']);
  }
});

it('takes the name of a file that says none, or none that can be read, and a name with a dot or a folder in it', async () => {
  runs.write('runs/blog/seed-0');
  runs.write('runs/blog.v2/seed-0');
  runs.write('runs/sweep/a/seed-0');
  for (const [name, text] of Object.entries({ empty: '', number: 'name: 12', damaged: '[' })) {
    runs.file(`${name}/blog.yaml`, text);
    expect((await find(`${name}/blog.yaml`)).runs, name).toEqual(['runs/blog/seed-0']);
  }
  expect((await find('blog.v2')).runs).toEqual(['runs/blog.v2/seed-0']);
  expect((await find('sweep/a')).runs).toEqual(['runs/sweep/a/seed-0']);
});

it('finds a run once, however often it is meant', async () => {
  runs.write('runs/a/seed-0');
  expect((await find('runs/a', 'runs/a/seed-0', 'a')).runs).toEqual(['runs/a/seed-0']);
});

it('tells folders that were made for a run which never started', async () => {
  runs.write('runs/a/seed-0');
  mkdirSync(join(runs.path, 'runs/a/seed-1'));
  mkdirSync(join(runs.path, 'runs/a/seed-12'));
  // Neither folders that are called nearly so, nor files.
  for (const name of ['lr-find', 'my-seed-3', 'seed-4-copy', 'seed-'])
    mkdirSync(join(runs.path, 'runs/a', name));
  runs.file('runs/a/seed-5', 'a file');
  expect(await find('runs/a')).toEqual({
    runs: ['runs/a/seed-0'],
    unstarted: ['runs/a/seed-1', 'runs/a/seed-12'],
  });
});

it('finds the runs of a config that is called like the folder of a seed', async () => {
  runs.write('runs/seed-3/seed-0');
  mkdirSync(join(runs.path, 'runs/seed-4/seed-1'), { recursive: true });
  mkdirSync(join(runs.path, 'runs/a/seed-2/checkpoints'), { recursive: true });
  expect(await find('runs')).toEqual({
    runs: ['runs/seed-3/seed-0'],
    unstarted: ['runs/a/seed-2', 'runs/seed-4/seed-1'],
  });
  expect((await find('seed-3')).runs).toEqual(['runs/seed-3/seed-0']);
});

it('takes the jobs of a sweep in the order of its ledger', async () => {
  for (const job of ['a', 'b']) runs.write(`runs/sweep/${job}/seed-0`);
  const sweep = join(runs.path, 'runs/sweep');
  const jobs = ['b/seed-0', 'c/seed-0', 'a/seed-0'].map((folder) => join(sweep, folder));
  const jobsOf = (folder: string) => Promise.resolve(folder === sweep ? jobs : undefined);
  expect(await findRuns(['sweep'], runs.path, jobsOf)).toEqual({
    runs: [jobs[0], jobs[2]],
    unstarted: [jobs[1]],
  });
});

it.each([
  ['nowhere', 'there is no run folder nowhere'],
  ['empty', 'there is no run in empty'],
  ['lonely.yaml', 'there are no runs of lonely.yaml in runs/lonely'],
])('refuses %s', async (target, message) => {
  mkdirSync(join(runs.path, 'empty/a/b'), { recursive: true });
  runs.file('lonely.yaml', 'data: {}');
  await expect(find(target)).rejects.toMatchObject({ code: 'E_NOT_A_RUN', exitCode: 2, message });
});

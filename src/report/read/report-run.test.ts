import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { lockFolder } from '../../runs/lock.js';
import type { Problem } from '../../util/errors.js';
import { commandOf } from './report-run.js';
import { confusion, evaluation, RunsFolder } from '../report.testing.js';

let runs: RunsFolder;
beforeEach(() => {
  runs = new RunsFolder();
});
afterEach(() => runs.remove());

describe('what a report reads of a run', () => {
  it('its name, seed, epochs and cost', async () => {
    runs.write('runs/exp3/seed-4', { accuracies: [0.5, 0.75, 0.75, 0.6], parameters: 7, macs: 8 });
    expect(await runs.read('runs/exp3/seed-4')).toMatchObject({
      ...{ dir: 'runs/exp3/seed-4', job: 'exp3', seed: 4, status: 'finished', parameters: 7, macs: 8 },
      ...{ best: { epoch: 2, val_top1: 0.75 }, last: { epoch: 4, val_top1: 0.6 } },
      command: 'involve train a.json --seed 4',
    });
  });

  it('the epoch that training would have chosen', async () => {
    runs.write('a/seed-0', {
      accuracies: [0.9, 0.5, null],
      losses: [3, 2, null],
      checkpoint: { best: 'val_loss' },
    });
    expect((await runs.read('a/seed-0')).best).toMatchObject({ epoch: 2, val_top1: 0.5 });
  });

  it('the first epoch that has a value, where the others have none or a lower one', async () => {
    runs.write('a/seed-0', { accuracies: [null, 0.5, 0.4] });
    expect((await runs.read('a/seed-0')).best).toMatchObject({ epoch: 2 });
    runs.write('a/seed-1', { accuracies: [null] });
    expect((await runs.read('a/seed-1')).best).toBeUndefined();
  });

  it('the name in the config where the folder is called otherwise', async () => {
    for (const dir of ['anywhere', 'x/my-seed-1', 'x/seed-1-copy']) {
      runs.write(dir);
      expect((await runs.read(dir)).job, dir).toBe('hand-made');
    }
    runs.write('x/seed-12');
    expect((await runs.read('x/seed-12')).job).toBe('x');
  });

  it('scores on test and on validation', async () => {
    const files = { 'evaluation-test.json': evaluation([0.5, 1]), 'confusion.csv': confusion([25, 40]) };
    runs.write('a/seed-0', { files, best: { epoch: 1, valTop1: 0.65 } });
    const { scores } = await runs.read('a/seed-0');
    expect(scores.map(({ split, values }) => [split, values.top1])).toEqual([
      ['test', 0.75],
      ['validation', 0.65],
    ]);
    expect(scores[1].classes!.map(({ recall }) => recall)).toEqual([0.5, 0.8]);
    expect(scores.map(({ fingerprint }) => fingerprint)).toEqual(['test', 'f00d']);
  });

  it('scores of runs that recorded less: no data, no best epoch, no summary', async () => {
    const old = { ...(JSON.parse(evaluation([0.5, 1])) as object), data: undefined };
    const files = { 'evaluation-test.json': JSON.stringify(old), 'confusion.csv': confusion([25, 40]) };
    runs.write('a/seed-0', { files, environment: { data: undefined } });
    runs.write('a/seed-1', { files, outcome: null });
    runs.write('a/seed-2', { files, accuracies: [null] });
    const scores = await Promise.all([0, 1, 2].map(async (n) => (await runs.read(`a/seed-${n}`)).scores));
    expect(scores[0]!.map(({ fingerprint }) => fingerprint)).toEqual([undefined, undefined]);
    expect(scores.map((each) => each.map(({ split, values }) => [split, values.top1]))).toEqual([
      [
        ['test', 0.75],
        ['validation', null],
      ],
      [
        ['test', 0.75],
        ['validation', null],
      ],
      [['test', 0.75]],
    ]);
  });
});

describe('how a run stands', () => {
  it.each([
    [{ outcome: 'plateau' }, { status: 'finished' }],
    [{ outcome: 'early-stop' }, { status: 'finished' }],
    [{ outcome: null, lastEvent: 'interrupt' }, { status: 'interrupted' }],
    [{ outcome: null, lastEvent: 'checkpoint' }, { status: 'stopped' }],
    [{ outcome: null, files: { 'events.jsonl': '' } }, { status: 'stopped' }],
    [
      { outcome: 'diverged', divergence: { step: 41, epoch: 2 } },
      { status: 'diverged', detail: 'at step 42 (epoch 3)' },
    ],
    [
      { outcome: 'diverged', divergence: { step: 41, epoch: 2, layer: 'stem/conv' } },
      { status: 'diverged', detail: 'at step 42 (epoch 3), first in stem/conv' },
    ],
  ] as const)('%j', async (content, expected) => {
    runs.write('a/seed-0', content);
    expect(await runs.read('a/seed-0')).toMatchObject(expected);
  });

  it('running, while a process holds its lock, also after it had diverged', async () => {
    runs.write('a/seed-0', { outcome: 'diverged' });
    const lock = await lockFolder(join(runs.path, 'a/seed-0'));
    expect((await runs.read('a/seed-0')).status).toBe('running');
    await lock.release();
    expect((await runs.read('a/seed-0')).status).toBe('diverged');
  });

  it.each([
    ['metrics.csv', 'epoch,loss\n1,2\n', 'the metrics of the run are damaged'],
    ['summary.json', '{', 'the record of the run is damaged'],
    ['config.yaml', 'name: [', 'flow sequence'],
    ['confusion.csv', 'actual,sea,town\nsea,1\n', 'the confusion matrix of the run is damaged'],
  ])('unreadable with a damaged %s, which stops no report', async (file, text, detail) => {
    runs.write('a/seed-0', { files: { [file]: text } });
    const run = await runs.readAny('a/seed-0');
    expect(run).toMatchObject({ dir: 'a/seed-0', status: 'unreadable' });
    expect(run.detail).toContain(detail);
  });
});

it('says where a run is damaged, from the folder in which the report is asked for, and what to do', async () => {
  runs.write('a/seed-0', { files: { 'config.yaml': 'name: [' } });
  runs.write('a/seed-1', { files: { 'confusion.csv': 'actual,sea,town\nsea,1\n' } });
  const [config, matrix] = await Promise.all(
    [0, 1].map(async (n) => (await runs.readAny(`a/seed-${n}`)) as { problem?: Problem }),
  );
  expect(config!.problem!.where).toMatch(/^a\/seed-0\/config\.yaml:1/);
  expect(matrix!.problem!.try).toContain('delete the file');
});

it('quotes a command for the shell', () => {
  const commandLine = ['/node', '/involve', 'train', 'my config.json', '--set', "model.head='a'", 'x=[1,2]'];
  expect(commandOf({ commandLine }, '/home')).toBe(
    `involve train 'my config.json' --set 'model.head='\\''a'\\''' 'x=[1,2]'`,
  );
  expect(commandOf({}, '/home')).toBeUndefined();
  expect(commandOf({ commandLine: ['/node', '/involve'] }, '/home')).toBeUndefined();
  expect(commandOf({ commandLine: ['/node', '/involve', 'doctor'] }, '/home')).toBe('involve doctor');
});

it('names the files of a command from the folder in which it is to be typed', () => {
  const commandLine = ['/node', '/involve', 'train', '/home/me/runs/s/a/job.yaml', '--out', '/data/a'];
  expect(commandOf({ commandLine }, '/home/me')).toBe('involve train runs/s/a/job.yaml --out /data/a');
});

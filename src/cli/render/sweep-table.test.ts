import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { epochOf, summaryOf } from '../../runs/record/testing.js';
import type { LedgerJob } from '../../sweep/ledger-file.js';
import type { SweepPlan } from '../../sweep/plan.js';
import { pretendRun, SweepFolder } from '../../sweep/testing.js';
import { planTable, resultTable } from './sweep-table.js';

let folder: SweepFolder;
let plan: SweepPlan;
beforeEach(() => {
  folder = new SweepFolder();
  plan = folder.plan({
    ...{ name: 's', base: 'base.json', set: { 'train.batchSize': 8 }, seeds: [0, 1] },
    list: [
      { name: 'plain', set: {} },
      { name: 'other', set: { 'train.optimizer.name': 'sgd', 'model.removeStages': [7, 8] } },
    ],
  });
});
afterEach(() => folder.remove());

const entries = (...states: LedgerJob['state'][]): LedgerJob[] =>
  plan.jobs.map(({ id, name, seed, changes, fingerprint }, i) => ({
    ...{ name, seed, changes, fingerprint, folder: id, attempts: 0, state: states[i] },
  }));

it('a plan says of each job what it changes and how it stands', () => {
  expect(planTable(plan, entries('done', 'pending', 'failed', 'stopped'))).toEqual([
    'sweep s: 4 jobs, 3 of them not done',
    'in every job: train.batchSize=8',
    '',
    'job    seed  changes                                             run folder           state',
    'plain  0     –                                                   runs/s/plain/seed-0  done',
    'other  0     train.optimizer.name=sgd, model.removeStages=[7,8]  runs/s/other/seed-0  pending',
    'plain  1     –                                                   runs/s/plain/seed-1  failed',
    'other  1     train.optimizer.name=sgd, model.removeStages=[7,8]  runs/s/other/seed-1  stopped',
  ]);
  const bare = folder.plan({ name: 's', base: 'base.json' });
  expect(planTable(bare, [])[1]).toBe('');
});

it('a result says of each job its best epoch, its last, and how long it took', async () => {
  const [first, second] = plan.jobs;
  const summary = summaryOf({
    ...{ best: { epoch: 3, valTop1: 0.75 }, final: epochOf(5, { valTop1: 0.5 }), seconds: 3723 },
  });
  pretendRun(first, 'done');
  writeFileSync(join(first.dir, 'summary.json'), JSON.stringify(summary));
  pretendRun(second, 'diverged');
  const lines = await resultTable(plan, entries('done', 'failed', 'pending', 'pending'));
  expect(lines.map((line) => line.split(/ {2,}/))).toEqual([
    ['job', 'seed', 'state', 'best validation accuracy', 'at the end', 'time'],
    ['plain', '0', 'done', '75.0 % (epoch 3)', '50.0 %', '1:02:03'],
    ['other', '0', 'failed', '–', '–', '0:01'],
    ['plain', '1', 'pending', '–', '–', '–'],
    ['other', '1', 'pending', '–', '–', '–'],
    [''],
    ['sweep folder', 'runs/s'],
  ]);
});

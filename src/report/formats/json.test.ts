import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeReport, type Report } from '../report.js';
import { RunsFolder } from '../report.testing.js';
import { documentOf } from '../sections.js';
import { format } from './json.js';

let runs: RunsFolder;
let report: Report;
beforeAll(async () => {
  runs = new RunsFolder();
  report = makeReport(
    await runs.readAll(
      runs.writeSeeds('a', [
        [0.5, 0.6],
        [0.7, 0.5],
      ]),
    ),
  );
});
afterAll(() => runs.remove());

it('is the report as data: version, metric, a row a config, every run with its epochs', async () => {
  const { text, beside } = await format(report, documentOf(report), 'r');
  expect(beside).toBeUndefined();
  expect(JSON.parse(text)).toMatchObject({
    version: 1,
    base: 'a',
    metric: { name: 'top1', title: 'accuracy', unit: 'share', better: 'higher' },
    configs: [{ name: 'a', best: { mean: report.rows[0].best.mean, difference: null } }],
    runs: [
      { config: 'a', seed: 0, status: 'finished', metrics: [{ val_top1: 0.5 }, { val_top1: 0.6 }] },
      { config: 'a', seed: 1, bestEpoch: 1 },
    ],
    figures: [{ id: 'curve-val-top1' }, {}, {}, {}, {}, {}],
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimSchema } from '../config/claim-schema.js';
import type { EpochMetrics } from '../runs/record/metrics-csv.js';
import { classificationMetrics } from '../tasks/classification/metrics.js';
import { drawFigure } from './figures/draw-figure.js';
import { figuresOf } from './figures/figures.js';
import { rangeTestSpec } from './figures/range-test-figure.js';
import { drawRunCurves } from './figures/run-curves.js';
import { REPORT_FORMATS } from './formats/registry.js';
import { toHtml } from './formats/html.js';
import { toMarkdown } from './formats/markdown.js';
import { makeReport, type Report } from './report.js';
import { confusion, evaluation, RunsFolder, type RunContent } from './report.testing.js';
import { documentOf } from './sections.js';

/**
 * A whole report in every format, as it was read and found right: what it says, in which order, and what its charts are
 * made of. Whoever changes that on purpose writes it anew (`npx vitest run src/report/whole-report.test.ts -u`) and reads
 * the difference.
 */
const golden = (name: string): string => `golden/${name}`;

let runs: RunsFolder;
let report: Report;
beforeAll(async () => {
  runs = new RunsFolder();
  const source = (accuracy: number, parametersMillions: number) => ({
    ...{ article: 'The article', claim: { accuracy, parametersMillions } },
  });
  const tested = (recalls: readonly [number, number]) => ({
    files: {
      'evaluation-test.json': evaluation(recalls),
      'confusion.csv': confusion([Math.round(50 * recalls[0]), Math.round(50 * recalls[1])]),
    },
  });
  const write = (dir: string, content: RunContent): string =>
    runs.write(dir, { fingerprint: 'f00d'.repeat(16), ...content });
  const averaged = (valTop1: number) => ({ epochs: [2, 3], valTop1 });
  const dirs = [
    ...[0.6, 0.58, 0.62].map((accuracy, seed) =>
      write(`base/seed-${seed}`, {
        ...{ accuracies: [0.5, accuracy, accuracy - 0.01], source: source(0.8, 1) },
        ...{
          rawAccuracies: [0.4, 0.5, accuracy - 0.05],
          averaged: averaged(0.61),
          ...tested([0.5, accuracy]),
        },
      }),
    ),
    ...[0.7, 0.7, 0.73].map((accuracy, seed) =>
      write(`smaller and better/seed-${seed}`, {
        ...{ accuracies: [0.4, accuracy, accuracy], source: source(0.9, 0.5), train: { batchSize: 8 } },
        ...{ parameters: 250_000, macs: 5_000_000, ...tested([0.6, 0.1 * seed + accuracy]) },
        ...{ rawAccuracies: [0.3, 0.4, accuracy - 0.1], averaged: averaged(accuracy + 0.03) },
      }),
    ),
    ...[0.59, 0.6, 0.61].map((accuracy, seed) =>
      write(`larger/seed-${seed}`, {
        ...{ accuracies: [0.3, accuracy - 0.02, accuracy], losses: [1e30, null, 1], train: { batchSize: 4 } },
        ...{
          parameters: 4_000_000,
          macs: 90_000_000,
          environment: { threads: 4 },
          ...tested([0.52, 0.58 + 0.02 * seed]),
        },
      }),
    ),
    write('few/seed-0', { accuracies: [0.2, 0.3, 0.4], train: { batchSize: 2 }, ...tested([0.4, 0.4]) }),
    write('few/seed-1', { outcome: 'diverged', train: { batchSize: 2, epochs: 3 }, accuracies: [0.2] }),
    write('lost/seed-0', {
      ...{ outcome: 'diverged', train: { batchSize: 1, epochs: 3 }, accuracies: [0.1] },
      environment: { commandLine: undefined },
    }),
  ];
  const claims = [
    { says: 'Smaller is better.', source: 'the article', config: 'smaller and better', above: 'base' },
    { says: 'Larger is better.', config: 'larger', above: 'base', measure: 'last' },
    { says: 'It gets there.', config: 'few', atLeast: 0.9 },
    { says: 'They are alike.', config: 'larger', near: 'base', within: 0.05 },
    { says: 'So is one without runs.', config: 'none', above: 'base' },
  ].map((claim) => claimSchema.parse(claim));
  const found = [
    ...(await runs.readAll(dirs)),
    { dir: 'few/seed-2', status: 'not started' },
    { dir: 'few/seed-3', status: 'unreadable', detail: 'torn' },
  ] as const;
  report = makeReport(found, { claims });
});
afterAll(() => runs.remove());

describe('a report of many kinds of runs', () => {
  it.each(['csv', 'tex'])('as .%s', async (ending) => {
    const format = await REPORT_FORMATS[ending]!.load();
    const { text } = await format(report, documentOf(report), 'report');
    await expect(text).toMatchFileSnapshot(golden(`report.${ending}`));
  });

  it('as Markdown', async () => {
    const text = toMarkdown(documentOf(report), ({ id }) => `report-${id}.svg`);
    await expect(text).toMatchFileSnapshot(golden('report.md'));
  });

  it('as a page, but for its style and its drawings', async () => {
    const page = await toHtml(report, documentOf(report));
    const text = page
      .replaceAll(/<style>[\s\S]*?<\/style>/g, '<style></style>')
      .replaceAll(/(<svg)[\s\S]*?(<\/svg>)/g, '$1>$2')
      .replaceAll(/(<script[^>]*>)[\s\S]*?(<\/script>)/g, '$1$2');
    await expect(text).toMatchFileSnapshot(golden('report.html'));
  });

  it('has these figures', async () => {
    const figures = figuresOf(report);
    await expect(`${JSON.stringify(figures, null, 1)}\n`).toMatchFileSnapshot(golden('figures.json'));
    const drawn = await drawFigure(figures.find(({ id }) => id === 'accuracy-parameters')!.spec);
    await expect(drawn).toMatchFileSnapshot(golden('accuracy-parameters.svg'));
  });
});

it('the curves of one run', async () => {
  const rows = [0.9, 0.7, NaN, 0.4].map(
    (loss, i) =>
      ({
        ...{ epoch: i + 1, step: 10 * (i + 1), learning_rate: 0.1, train_loss: loss, train_top1: 1 - loss },
        ...{ val_loss: i === 2 ? null : 2 * loss, val_top1: 0.2 * (i + 1), val_top5: 1 },
      }) as unknown as EpochMetrics,
  );
  const drawn = await drawRunCurves(rows, classificationMetrics, 'a run');
  await expect(drawn).toMatchFileSnapshot(golden('run-curves.svg'));
});

it('a range test', async () => {
  const points = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1].map((learningRate, i) => ({
    ...{ step: i, learningRate, loss: [2, 1.9, 1.2, 1.5, 40][i]!, smoothedLoss: [2, 1.9, 1.4, 1.5, 9][i]! },
  }));
  const spec = rangeTestSpec(points, points[2]);
  await expect(`${JSON.stringify(spec, null, 1)}\n`).toMatchFileSnapshot(golden('range-test.json'));
});

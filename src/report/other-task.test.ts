import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Claim } from '../config/claim-schema.js';
import type { Metric, TaskMetrics } from '../metrics/metric.js';
import { figuresOf } from './figures/figures.js';
import { toCsv } from './formats/csv.js';
import { toLatex } from './formats/latex.js';
import { toMarkdown } from './formats/markdown.js';
import { makeReport, type Report } from './report.js';
import { RunsFolder } from './report.testing.js';
import { documentOf } from './sections.js';

/** Of a task that the program does not have: a number an image, judged by its mean error. */
const energy: Metric = { name: 'energy', title: 'energy', unit: 'number', better: 'lower' };
const meanError: Metric = { name: 'meanError', title: 'mean error', unit: 'number', better: 'lower' };
const measured: TaskMetrics = { train: [energy], validation: [energy, meanError], primary: meanError };

let runs: RunsFolder;
let report: Report;
beforeAll(async () => {
  runs = new RunsFolder();
  const dirs = [
    ...runs.writeSeeds(
      'plain',
      [
        [9, 6],
        [9, 5.8],
        [9, 6.2],
      ],
      { measured },
    ),
    // Seed by seed 1, 1.2 and 1.1 below.
    ...runs.writeSeeds(
      'good',
      [
        [5, 8],
        [4.6, 8],
        [5.1, 8],
      ],
      {
        measured,
        train: { batchSize: 8 },
        macs: 30_000_000,
      },
    ),
  ];
  const claims = [
    { config: 'good', below: 'plain' },
    { config: 'good', above: 'plain' },
    { config: 'good', atMost: 5.5 },
    { config: 'plain', atLeast: 50, measure: 'last' } as const,
  ].map((claim): Claim => ({ says: 'so', source: '', measure: 'best', ...claim }));
  report = makeReport(await runs.readAll(dirs), { claims });
});
afterAll(() => runs.remove());

describe('a report of another task', () => {
  it('goes by what its runs say is measured: the best epoch is the lowest, and lower is better', () => {
    const [plain, good] = report.rows;
    expect(plain.best.mean).toBeCloseTo(6, 12);
    expect(good.best.mean).toBeCloseTo(4.9, 12);
    expect(good.last.mean).toBe(8);
    expect(good.best.difference).toMatchObject({ verdict: 'better', count: 3 });
    expect(good.last.difference).toMatchObject({ verdict: 'worse' });
  });

  it('judges claims by the numbers, in their unit', () => {
    expect(report.claims.map(({ verdict, expected, measured: text }) => [verdict, expected, text])).toEqual([
      ['confirmed', 'good below plain', '−1.1 [−1.348, −0.8516], 3 seeds'],
      ['not confirmed', 'good above plain', '−1.1 [−1.348, −0.8516], 3 seeds'],
      ['too small to tell', 'good at most 5.5', '4.9 ± 0.2646 [4.243, 5.557], 3 seeds'],
      ['not confirmed', 'plain at least 50, last epoch', '6 ± 0.2 [5.503, 6.497], 3 seeds'],
    ]);
  });

  it('speaks of its metric in every format, and of no other', () => {
    const document = documentOf(report);
    const text = toMarkdown(document, ({ id }) => `r-${id}.svg`);
    expect(text).toContain('\n## Mean error\n');
    expect(text).toContain('- Mean error of the validation images, mean ± standard deviation over seeds.');
    expect(text).toContain('good is better than plain (−1.1, 95 % interval −1.348 … −0.8516, 3 seeds).');
    expect(text).toContain('![Mean error against parameters](r-mean-error-parameters.svg)');
    expect(text).toMatch(/\| 4\.9 ± 0\.2646 \| +−1\.1 \[−1\.348, −0\.8516\] \| better /);
    for (const each of [text, toCsv(report), toLatex(report)])
      expect(each.toLowerCase()).not.toMatch(/accura|top-?1|points/);
    expect(toCsv(report)).toContain(',claim_mean_error,');
  });

  it('draws its curves, and a front of what errs least', () => {
    const figures = figuresOf(report);
    expect(figures.map(({ id, title }) => [id, title])).toEqual([
      ['differences-to-base', 'Difference to plain'],
      ['curve-val-meanError', 'Validation mean error'],
      ['curve-train-energy', 'Training energy'],
      ['curve-val-energy', 'Validation energy'],
      ['mean-error-parameters', 'Mean error against parameters'],
      ['mean-error-macs', 'Mean error against multiply-adds'],
      ['mean-error-milliseconds', 'Mean error against time'],
    ]);
    expect(figures.at(-2)!.data).toMatchObject([
      { config: 'plain', isOnFront: true },
      { config: 'good', isOnFront: true },
    ]);
    expect(figures.at(-3)!.data).toMatchObject([
      { config: 'plain', isOnFront: false },
      { config: 'good', isOnFront: true },
    ]);
  });

  it.each([
    [undefined, true],
    ['pixels' as const, false],
  ])('says what one image is worth where the metric is a share of them: of %s', async (of, isSaid) => {
    const iou: Metric = { name: 'miou', title: 'mean IoU', unit: 'share', better: 'higher', of };
    const loss: Metric = { ...energy, name: 'loss' };
    const folder = new RunsFolder();
    const dir = folder.write('masks/seed-0', {
      measured: { train: [loss], validation: [loss, iou], primary: iou },
    });
    const text = toMarkdown(documentOf(makeReport(await folder.readAll([dir]))), ({ id }) => id);
    expect(text).toContain('## Mean IoU');
    expect(text.includes('validation images is')).toBe(isSaid);
    folder.remove();
  });

  it('is not one of runs that are measured otherwise', async () => {
    const found = await runs.readAll(['plain/seed-0', runs.write('classes/seed-0')]);
    expect(() => makeReport(found)).toThrow(
      'runs that are measured otherwise cannot be compared: what counts is mean error in plain/seed-0 but ' +
        'accuracy in classes/seed-0',
    );
  });
});

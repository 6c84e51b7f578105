import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { classReport } from './tables/class-table.js';
import { curvesOf } from './figures/curves.js';
import { findings, warnings } from './remarks.js';
import { environmentTable } from './tables/record-tables.js';
import { makeReport, type Report } from './report.js';
import { publishedTable } from './tables/published-table.js';
import { costTable, metricTable } from './tables/result-tables.js';
import { toCsv } from './formats/csv.js';
import { confusion, evaluation, RunsFolder } from './report.testing.js';

const ARTICLE = 'Somebody (2021)';
const claim = (accuracy: number, parametersMillions: number): object => ({
  article: ARTICLE,
  claim: { accuracy, parametersMillions },
});

let runs: RunsFolder;
let report: Report;
beforeAll(async () => {
  runs = new RunsFolder();
  const dirs = [
    ...runs.writeSeeds(
      'base',
      [
        [0.5, 0.6],
        [0.52, 0.58],
        [0.55, 0.62],
      ],
      { source: claim(0.8, 1) },
    ),
    // Seed by seed 0.1, 0.12 and 0.11 above the base.
    ...runs.writeSeeds(
      'good',
      [
        [0.7, 0.6],
        [0.7, 0.6],
        [0.73, 0.6],
      ],
      {
        ...{ parameters: 500_000, macs: 30_000_000, source: claim(0.9, 0.5), train: { batchSize: 8 } },
      },
    ),
    ...runs.writeSeeds('few', [[0.9, 0.9]], { train: { batchSize: 4 } }),
    runs.write('few/seed-1', { outcome: 'diverged', train: { batchSize: 4, epochs: 2 }, accuracies: [0.2] }),
  ];
  report = makeReport([
    ...(await runs.readAll(dirs)),
    { dir: 'few/seed-2', status: 'not started' },
    { dir: 'few/seed-3', status: 'unreadable', detail: 'torn' },
  ]);
});
afterAll(() => runs.remove());

describe('makeReport', () => {
  it('takes mean and deviation over seeds, of the best epoch and of the last', () => {
    const [base, good] = report.rows;
    // numpy.mean, numpy.std(ddof=1), scipy.stats.t.interval(0.95, 2, mean, sem)
    expect(base.best.mean).toBeCloseTo(0.6, 15);
    expect(base.best.sd).toBeCloseTo(0.02, 15);
    expect(base.best.interval?.low).toBeCloseTo(0.5503172457649933, 12);
    expect(base.best.difference).toBeNull();
    expect(good.best.bySeed).toEqual([
      { seed: 0, value: 0.7 },
      { seed: 1, value: 0.7 },
      { seed: 2, value: 0.73 },
    ]);
    expect(good.last.mean).toBeCloseTo(0.6, 15);
  });

  it('compares seed by seed with the base', () => {
    const { best, last } = report.rows[1];
    // scipy.stats.ttest_rel([0.7, 0.7, 0.73], [0.6, 0.58, 0.62]).confidence_interval(0.95)
    expect(best.difference?.mean).toBeCloseTo(0.11, 15);
    expect(best.difference?.interval?.low).toBeCloseTo(0.08515862288249666, 12);
    expect(best.difference?.interval?.high).toBeCloseTo(0.13484137711750332, 12);
    expect(best.difference?.verdict).toBe('better');
    expect(last.difference?.verdict).toBe('within noise');
  });

  it('counts what finished, of all that there was', () => {
    expect(report.rows[2]).toMatchObject({ name: 'few', finished: 1, found: 2, diverged: 1 });
    expect(report.rows[2].best.difference).toMatchObject({ count: 1, verdict: 'too few seeds to tell' });
  });

  it('puts the base first, whichever it is, and sets cost and claim against it', async () => {
    const other = makeReport(
      report.groups.flatMap((group) => group.runs),
      { base: 'good' },
    );
    expect(other.rows.map(({ name, isBase }) => [name, isBase])).toEqual([
      ['good', true],
      ['base', false],
      ['few', false],
    ]);
    expect(other.rows[1]).toMatchObject({ parametersRatio: 2, published: { value: 0.8 } });
    expect(other.rows[1].published?.difference).toBeCloseTo(-0.1, 15);
    expect(other.rows[2].published).toBeNull();
  });

  it('refuses a base that is not there', () => {
    const all = report.groups.flatMap((group) => group.runs);
    expect(() => makeReport(all, { base: 'goof' })).toThrow(
      '--base expects one of base, good, few, received "goof"',
    );
  });

  it('refuses to report nothing, telling why', () => {
    expect(() => makeReport([{ dir: 'a', status: 'unreadable', detail: 'torn' }])).toThrow('torn');
    const problem = { what: 'torn', where: 'a/metrics.csv:3', try: 'mend that line' };
    const told = (): Report => makeReport([{ dir: 'a', status: 'unreadable', detail: 'torn', problem }]);
    expect(told).toThrow(expect.objectContaining({ problems: [problem] }));
  });
});

describe('what it says', () => {
  it('in a table of accuracies', () => {
    expect(metricTable(report).rows).toEqual([
      ['base', '3', '60.0 ± 2.0', 'base', '', '60.0 ± 2.0', 'base', ''],
      [
        ...['good', '3', '71.0 ± 1.7', '+11.0 [+8.5, +13.5]', 'better'],
        ...['60.0 ± 0.0', '0.0 [−5.0, +5.0]', 'within noise'],
      ],
      [
        ...['few', '1 of 2', '90.0', '+30.0', 'too few seeds to tell'],
        ...['90.0', '+30.0', 'too few seeds to tell'],
      ],
    ]);
  });

  it('in tables of cost and of claims', () => {
    expect(costTable(report).rows[1]).toEqual([
      ...['good', '0.5 M', '0.50×', '−50 %', '30 M', '1.50×', '+50 %', '500', '1×', '0 %'],
    ]);
    expect(publishedTable(report)!.rows).toEqual([
      ['base', '80.0', '60.0 ± 2.0', 'base', 'base', '', '1 M', '1 M'],
      ['good', '90.0', '71.0 ± 1.7', '+10.0', '+11.0 [+8.5, +13.5]', 'better', '0.5 M', '0.5 M'],
    ]);
  });

  it('in sentences', () => {
    expect(findings(report)).toEqual([
      'good is better than base (+11.0 points, 95 % interval +8.5 … +13.5, 3 seeds). It has 0.50× the parameters and 1.50× the multiply-adds of base.',
      'few: too few seeds to tell it from base (+30.0 points, 1 seed). It has 1× the parameters and 1× the multiply-adds of base.',
    ]);
    expect(warnings(report)).toEqual([
      '3 of 10 runs did not finish and are not counted (1 diverged, 1 not started, 1 unreadable); they are listed below. A mean without the seeds that diverged flatters its config.',
      'few: fewer than 3 finished seeds; without more of them no verdict is given.',
    ]);
  });

  it('marks a validation on test, and runs that were made otherwise', async () => {
    const dirs = [
      runs.write('onTest/seed-0', { data: { validation: 'test' } }),
      runs.write('onTest/seed-1', { data: { validation: 'test' }, environment: { threads: 8 } }),
    ];
    const marked = makeReport(await runs.readAll(dirs));
    const said = warnings(marked).join('\n');
    expect(said).toContain('The validation images are the test set (data.validation: test)');
    expect(said).toContain('they differ in: threads');
    expect(environmentTable(marked).rows.filter(([what]) => what === 'threads')).toEqual([
      ['threads', '2', 'onTest seed 0'],
      ['threads', '8', 'onTest seed 1'],
    ]);
  });
});

describe('the average of the best epochs', () => {
  it('stands beside them, where every run has one, and nowhere else', async () => {
    const averaged = (valTop1: number) => ({ averaged: { epochs: [1, 2], valTop1 } });
    const dirs = [
      runs.write('averaged/seed-0', { accuracies: [0.5, 0.5], ...averaged(0.75) }),
      runs.write('averaged/seed-1', { accuracies: [0.5, 0.5], ...averaged(0.25) }),
      runs.write('plain/seed-0', { accuracies: [0.5, 0.5], train: { batchSize: 8 } }),
    ];
    const report = makeReport(await runs.readAll(dirs));
    expect(report.rows.map((row) => row.averaged?.mean)).toEqual([0.5, undefined]);
    const titles = metricTable(report).columns.map(({ title }) => title);
    expect(titles).toContain('Δ averaged');
    expect(toCsv(report).split('\n')[0]).toContain(',averaged_mean,');
    const without = makeReport(await runs.readAll(dirs.slice(2)));
    expect(metricTable(without).columns.map(({ title }) => title)).not.toContain('averaged');
    expect(toCsv(without)).not.toContain('averaged');
  });
});

describe('the weights beside their average', () => {
  it('stand beside it at the end of training, where every run of a config has them', async () => {
    const dirs = [
      runs.write('raw/seed-0', { accuracies: [0.5, 0.6], rawAccuracies: [0.9, 0.25] }),
      runs.write('raw/seed-1', { accuracies: [0.5, 0.6], rawAccuracies: [0.9, 0.75] }),
      runs.write('some/seed-0', { rawAccuracies: [0.5], train: { batchSize: 8 } }),
      runs.write('some/seed-1', { train: { batchSize: 8 } }),
    ];
    const report = makeReport(await runs.readAll(dirs));
    expect(report.rows.map(({ lastRaw }) => lastRaw?.mean)).toEqual([0.5, undefined]);
    expect(report.rows[0].last.mean).toBe(0.6);
    expect(metricTable(report).columns.map(({ title }) => title)).toContain('last epoch, not averaged');
    expect(toCsv(report).split('\n')[0]).toContain(',last_raw_mean,');
    const without = makeReport(await runs.readAll(dirs.slice(2)));
    expect(metricTable(without).columns.map(({ title }) => title)).not.toContain('last epoch, not averaged');
    expect(toCsv(without)).not.toContain('last_raw');
  });
});

describe('test scores', () => {
  it('stand beside where all seeds of a config were evaluated on the same images', async () => {
    const evaluated = { files: { 'evaluation-test.json': evaluation([0.5, 0.7]) } };
    const dirs = [runs.write('t1/seed-0', evaluated), runs.write('t2/seed-0', { train: { batchSize: 8 } })];
    const found = await runs.readAll(dirs);
    expect(makeReport(found).rows.map(({ test }) => test?.mean)).toEqual([0.6, undefined]);
    runs.file('t2/seed-0/evaluation-test.json', evaluation([1, 1], 'other images'));
    const mixed = makeReport(await runs.readAll(dirs));
    expect(mixed.rows.map(({ test }) => test)).toEqual([null, null]);
  });
});

describe('what articles claim', () => {
  it('is set against the base where both are of one article', async () => {
    const of = (article: string, accuracy?: number): object => ({
      article,
      claim: { accuracy, parametersMillions: 2 },
    });
    const dirs = [
      runs.write('p0/seed-0', { source: of('A', 0.5) }),
      runs.write('p1/seed-0', { source: of('A', 0.75), train: { batchSize: 8 } }),
      runs.write('p2/seed-0', { source: of('B', 0.75), train: { batchSize: 16 } }),
      runs.write('p3/seed-0', { source: of('A'), train: { batchSize: 64 } }),
    ];
    const { rows } = makeReport(await runs.readAll(dirs));
    expect(
      rows.map(({ published }) => [published?.article, published?.value, published?.difference]),
    ).toEqual([
      ...[
        ['A', 0.5, null],
        ['A', 0.75, 0.25],
        ['B', 0.75, null],
        ['A', null, null],
      ],
    ]);
  });
});

describe('scores on test', () => {
  it('are shown of a config where all its seeds were evaluated', async () => {
    const evaluated = (value: number) => ({ files: { 'evaluation-test.json': evaluation([value, value]) } });
    const dirs = [
      runs.write('e/seed-0', evaluated(0.5)),
      runs.write('e/seed-1'),
      runs.write('f/seed-0', evaluated(0.75)),
    ];
    const rows = makeReport(await runs.readAll(dirs)).rows;
    expect(rows.map(({ test }) => test?.mean)).toEqual([undefined, 0.75]);
    runs.file('e/seed-1/evaluation-test.json', evaluation([0.25, 0.25]));
    expect(makeReport(await runs.readAll(dirs)).rows.map(({ test }) => test?.mean)).toEqual([0.375, 0.75]);
  });
});

describe('classReport', () => {
  it('takes test where all have it, else validation', async () => {
    const both = { 'evaluation-test.json': evaluation([0.2, 0.4]), 'confusion.csv': confusion([25, 30]) };
    const dirs = [
      runs.write('c1/seed-0', { files: both }),
      runs.write('c1/seed-1', { files: { 'confusion.csv': confusion([35, 30]) } }),
    ];
    const onBoth = classReport(makeReport(await runs.readAll(dirs)).groups)!;
    expect(onBoth.split).toBe('validation');
    expect(onBoth.table.rows).toEqual([
      ['sea', '50', '60.0 ± 14.1'],
      ['town', '50', '60.0 ± 0.0'],
    ]);
    const first = classReport(makeReport(await runs.readAll(dirs.slice(0, 1))).groups)!;
    expect([first.split, first.table.rows[0]]).toEqual(['test', ['sea', '50', '20.0']]);
    expect(classReport(report.groups)).toBeUndefined();
  });

  it('compares nothing over other images, and has a dash for a class without images', async () => {
    const onTest = (text: string) => ({ files: { 'evaluation-test.json': text } });
    const dirs = [
      runs.write('d1/seed-0', onTest(evaluation([0.5, 1]).replace('"recall":1', '"recall":null'))),
      runs.write('d2/seed-0', { ...onTest(evaluation([0.5, 1])), train: { batchSize: 8 } }),
    ];
    expect(classReport(makeReport(await runs.readAll(dirs)).groups)!.table.rows).toEqual([
      ['sea', '50', '50.0', '50.0'],
      ['town', '50', '–', '100.0'],
    ]);
    runs.file('d2/seed-0/evaluation-test.json', evaluation([0.5, 1], 'other images'));
    expect(classReport(makeReport(await runs.readAll(dirs)).groups)).toBeUndefined();
  });
});

describe('curvesOf', () => {
  it('has mean and deviation of the seeds that came so far', async () => {
    const dirs = [
      runs.write('u/seed-0', { accuracies: [0.4, 0.6, 0.8], train: { epochs: 9 } }),
      runs.write('u/seed-1', { accuracies: [0.6, null], train: { epochs: 9 } }),
      runs.write('u/seed-2', { accuracies: [0.9], outcome: null, train: { epochs: 9 } }),
    ];
    const points = curvesOf(makeReport(await runs.readAll(dirs)).groups, 'val_top1');
    expect(points.map(({ epoch, seeds, mean }) => [epoch, seeds, mean])).toEqual([
      [1, 2, 0.5],
      [2, 1, 0.6],
      [3, 1, 0.8],
    ]);
    expect(points[0].high - points[0].mean).toBeCloseTo(Math.SQRT2 / 10, 12);
    expect(points[2]).toMatchObject({ low: 0.8, high: 0.8 });
  });
});

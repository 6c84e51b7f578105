import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { claimSchema } from '../config/claim-schema.js';
import { judgedClaimTable, type JudgedClaim } from './claims.js';
import { findings } from './remarks.js';
import { makeReport, type Report } from './report.js';
import type { ReportRun } from './read/report-run.js';
import { RunsFolder } from './report.testing.js';

let runs: RunsFolder;
let found: ReportRun[];
beforeAll(async () => {
  runs = new RunsFolder();
  const seeds = (name: string, accuracies: readonly number[], batchSize: number): string[] =>
    runs.writeSeeds(
      name,
      accuracies.map((accuracy) => [accuracy]),
      { train: { batchSize } },
    );
  found = await runs.readAll([
    ...seeds('base', [0.6, 0.58, 0.62], 1),
    // Above the base by 0.1, 0.12 and 0.11: interval [0.085, 0.135].
    ...seeds('good', [0.7, 0.7, 0.73], 2),
    // By 0.01, −0.01 and 0: noise.
    ...seeds('same', [0.61, 0.57, 0.62], 3),
    // By 0.1, 0.2 and 0: three seeds do not tell, ten would.
    ...seeds('maybe', [0.7, 0.78, 0.62], 4),
    ...seeds('chance', [0.17, 0.17, 0.17], 5),
    ...seeds('alone', [0.9], 6),
    // Two that agree: [0.836, 0.964], were two enough.
    ...seeds('two', [0.895, 0.905], 7),
  ]);
});
afterAll(() => runs.remove());

function judge(...claims: readonly object[]): JudgedClaim[] {
  const parsed = claims.map((claim) => claimSchema.parse({ says: 'so', ...claim }));
  return [...makeReport(found, { claims: parsed }).claims];
}

describe('a claim', () => {
  it.each([
    ['good', 'above', 'base', 'confirmed'],
    ['base', 'below', 'good', 'confirmed'],
    ['base', 'above', 'good', 'not confirmed'],
    ['good', 'below', 'base', 'not confirmed'],
    ['same', 'above', 'base', 'not confirmed'],
    ['same', 'below', 'base', 'not confirmed'],
    ['maybe', 'above', 'base', 'too small to tell'],
    ['alone', 'above', 'base', 'too small to tell'],
    ['two', 'above', 'chance', 'too small to tell'],
    ['gone', 'above', 'base', 'not run'],
    ['base', 'above', 'gone', 'not run'],
  ])('that %s is %s %s is %s', (config, side, other, verdict) => {
    const [judged] = judge({ config, [side]: other });
    expect(judged.verdict).toBe(verdict);
    expect(judged.expected).toBe(`${config} ${side} ${other}`);
  });

  it.each([
    // 0.6 ± 0.02, of which the interval is [0.550, 0.650].
    [{ config: 'base', atLeast: 0.55 }, 'confirmed'],
    [{ config: 'base', atLeast: 0.56 }, 'too small to tell'],
    [{ config: 'base', atLeast: 0.66 }, 'not confirmed'],
    [{ config: 'base', atMost: 0.65 }, 'confirmed'],
    [{ config: 'base', atMost: 0.64 }, 'too small to tell'],
    [{ config: 'base', atMost: 0.54 }, 'not confirmed'],
    [{ config: 'chance', atMost: 0.2 }, 'confirmed'],
    [{ config: 'alone', atLeast: 0.1 }, 'too small to tell'],
    [{ config: 'two', atLeast: 0.8 }, 'too small to tell'],
    [{ config: 'two', atMost: 0.8 }, 'too small to tell'],
    // A coarse measure: all seeds alike, on the bound itself.
    [{ config: 'chance', atMost: 0.17 }, 'confirmed'],
    [{ config: 'chance', atLeast: 0.17 }, 'confirmed'],
    [{ config: 'chance', atMost: 0.16 }, 'not confirmed'],
    [{ config: 'gone', atMost: 0.16 }, 'not run'],
    [{ config: 'base', atLeast: 0.1, measure: 'test' }, 'not run'],
  ])('of a bound, %j, is %s', (claim, verdict) => {
    expect(judge(claim)[0].verdict).toBe(verdict);
  });

  it.each([
    // By 0.01, −0.01 and 0: [−0.025, 0.025].
    ['same', 'base', 0.025, 'confirmed'],
    ['same', 'base', 0.024, 'too small to tell'],
    // [0.085, 0.135].
    ['good', 'base', 0.136, 'confirmed'],
    ['good', 'base', 0.1, 'too small to tell'],
    ['good', 'base', 0.08, 'not confirmed'],
    ['base', 'good', 0.08, 'not confirmed'],
    ['two', 'chance', 0.99, 'too small to tell'],
    ['gone', 'base', 0.1, 'not run'],
  ])('that %s is as good as %s, within %s, is %s', (config, near, within, verdict) => {
    const [judged] = judge({ config, near, within });
    expect(judged.verdict).toBe(verdict);
    expect(judged.expected).toBe(`${config} within ${(within * 100).toFixed(1)} points of ${near}`);
  });

  it('says what it expects and what was measured', () => {
    const claims = judge(
      { config: 'good', above: 'base', measure: 'last' },
      { config: 'base', atMost: 0.5 },
      { config: 'goood', above: 'base' },
      { config: 'base', atLeast: 0.1, measure: 'test' },
    );
    expect(claims.map(({ expected }) => expected)).toEqual([
      'good above base, last epoch',
      'base at most 50.0 %',
      'goood above base',
      'base at least 10.0 %, on test',
    ]);
    expect(claims.map(({ measured }) => measured)).toEqual([
      '+11.0 [+8.5, +13.5] points, 3 seeds',
      '60.0 ± 2.0 % [55.0, 65.0], 3 seeds',
      'goood: no runs of that name; did the claim mean "good"?',
      'not evaluated on test',
    ]);
  });

  it.each([
    [{ config: 'a' }, 'give exactly one of above, below, near, atLeast, atMost; none is given'],
    [{ config: 'a', above: 'b', atMost: 1 }, 'above, atMost are given'],
    [{ config: 'a', above: 'a' }, 'a job cannot be compared to itself, received "a"'],
    [{ config: 'a', atMost: 20 }, '<=1'],
    [{ config: 'a', near: 'b' }, 'near needs within beside it'],
    [{ config: 'a', above: 'b', within: 0.1 }, 'within needs near beside it'],
    [{ config: 'a', near: 'a', within: 0.1 }, 'a job cannot be compared to itself'],
  ])('like %j is refused', (claim, message) => {
    const { error } = claimSchema.safeParse({ says: 'so', ...claim });
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});

describe('a claim of another metric', () => {
  /** `good` gains 0.02 in it where it gains about 0.11 in the one that counts. */
  const judgeWithTop5 = (...claims: readonly object[]): JudgedClaim[] => {
    const runs = found.map((run): ReportRun => {
      const top5 = run.job === 'good' ? 0.97 + run.seed / 500 : 0.95 + run.seed / 1000;
      return { ...run, best: { ...run.best!, val_top5: run.job === 'same' ? NaN : top5 } };
    });
    const parsed = claims.map((claim) => claimSchema.parse({ says: 'so', config: 'good', ...claim }));
    return [...makeReport(runs, { claims: parsed }).claims];
  };

  it('is judged by that one, or by how much one is above another', () => {
    const claims = judgeWithTop5(
      { above: 'base', metric: 'top5' },
      { above: 'base', metric: 'top1', minus: 'top5' },
      { above: 'base', metric: 'top5', minus: 'top1' },
      { atLeast: 0.96, metric: 'top5' },
    );
    expect(claims.map(({ verdict, expected, measured }) => [verdict, expected, measured])).toEqual([
      ['confirmed', 'good above base, top-5 accuracy', '+2.1 [+1.9, +2.3] points, 3 seeds'],
      ['confirmed', 'good above base, accuracy less top-5 accuracy', '+8.9 [+6.5, +11.3] points, 3 seeds'],
      [
        'not confirmed',
        'good above base, top-5 accuracy less accuracy',
        '−8.9 [−11.3, −6.5] points, 3 seeds',
      ],
      ['confirmed', 'good at least 96.0 %, top-5 accuracy', '97.2 ± 0.2 % [96.7, 97.7], 3 seeds'],
    ]);
  });

  it('says what was not measured, and which there are', () => {
    const claims = judgeWithTop5(
      { above: 'base', metric: 'top6' },
      { above: 'base', minus: 'energy' },
      { above: 'same', metric: 'top5' },
      { atMost: 0.1, metric: 'iou' },
    );
    expect(claims.map(({ verdict }) => verdict)).toEqual(['not run', 'not run', 'not run', 'not run']);
    expect(claims.map(({ expected, measured }) => [expected, measured])).toEqual([
      ['good above base, top6', 'no metric top6; did the claim mean "top1"?'],
      ['good above base, accuracy less energy', 'no metric energy; there are loss, top1, top5'],
      ['good above same, top-5 accuracy', 'same: top-5 accuracy was not measured'],
      ['good at most 10.0 %, iou', 'no metric iou; there are loss, top1, top5'],
    ]);
  });
});

describe('a report with claims', () => {
  const claims = [
    { says: 'Good is better.', source: 'Somebody (2021)', config: 'good', above: 'base' },
    { says: 'The same is better.', config: 'same', above: 'base' },
  ];
  const reported = (): Report => makeReport(found, { claims: claims.map((each) => claimSchema.parse(each)) });

  it('begins with how they fared', () => {
    expect(findings(reported())[0]).toBe('Of 2 claims: 1 confirmed, 1 not confirmed.');
    expect(findings(makeReport(found))[0]).toContain('good is better than base');
  });

  it('has a table of them', () => {
    const table = judgedClaimTable(reported().claims)!;
    expect(table.columns.map(({ title }) => title)).toEqual(['verdict', 'claim', 'measured', 'expected']);
    expect(table.rows).toEqual([
      [
        ...['confirmed', 'Good is better. (Somebody (2021))', '+11.0 [+8.5, +13.5] points, 3 seeds'],
        'good above base',
      ],
      [...['not confirmed', 'The same is better.', '0.0 [−2.5, +2.5] points, 3 seeds'], 'same above base'],
    ]);
    expect(judgedClaimTable([])).toBeUndefined();
  });
});

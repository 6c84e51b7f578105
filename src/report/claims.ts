import type { Claim } from '../config/claim-schema.js';
import type { Metric } from '../metrics/metric.js';
import { meanText, pointsText, signedText, unitText, valueText } from '../metrics/metric-text.js';
import { closestString } from '../util/closest-string.js';
import {
  describeValues,
  FEWEST_PAIRS,
  pairedDifference,
  type PairedDifference,
  type Statistics,
} from '../metrics/statistics.js';
import { counted } from '../util/number-text.js';
import type { Measure, ReportRow } from './row.js';
import { words, type Table } from './tables/table.js';

/** Whether runs bear a claim out. `not run`: there is no seed of what it speaks of. */
export type ClaimVerdict = 'confirmed' | 'not confirmed' | 'too small to tell' | 'not run';

/** A claim, what it would take, and what was measured. */
export interface JudgedClaim extends Claim {
  readonly expected: string;
  readonly measured: string;
  readonly verdict: ClaimVerdict;
}

/**
 * Judges claims by the runs of a report. One job against another by the paired test of every comparison: an
 * interval on the claimed side of zero confirms; on the other side, or noise that ten seeds would not lift, does
 * not. A value against a bound by the 95 % interval of its mean over seeds.
 */
export function judgeClaims(
  claims: readonly Claim[],
  rows: readonly ReportRow[],
  metric: Metric,
): JudgedClaim[] {
  return claims.map((claim) => {
    const other = claim.above ?? claim.below;
    const judged =
      other === undefined ? judgeBound(claim, rows, metric) : judgeComparison(claim, other, rows, metric);
    return { ...claim, ...judged };
  });
}

/** A row a claim; undefined where nothing is claimed. */
export function judgedClaimTable(claims: readonly JudgedClaim[]): Table | undefined {
  if (claims.length === 0) return undefined;
  return {
    columns: [words('verdict'), words('claim'), words('measured'), words('expected')],
    rows: claims.map(({ says, source, expected, measured, verdict }) => [
      verdict,
      source === '' ? says : `${says} (${source})`,
      measured,
      expected,
    ]),
  };
}

/** The claims in one sentence; undefined where nothing is claimed. */
export function claimsFinding(claims: readonly JudgedClaim[]): string | undefined {
  if (claims.length === 0) return undefined;
  const verdicts: ClaimVerdict[] = ['confirmed', 'not confirmed', 'too small to tell', 'not run'];
  const counts = verdicts.flatMap((verdict) => {
    const count = claims.filter((claim) => claim.verdict === verdict).length;
    return count === 0 ? [] : [`${count} ${verdict}`];
  });
  return `Of ${counted(claims.length, 'claim')}: ${counts.join(', ')}.`;
}

// --- internal ---

type Judgement = Pick<JudgedClaim, 'expected' | 'measured' | 'verdict'>;

const MEASURES: Readonly<Record<Claim['measure'], string>> = {
  best: '',
  last: ', last epoch',
  test: ', on test',
};

function judgeComparison(claim: Claim, other: string, rows: readonly ReportRow[], metric: Metric): Judgement {
  const isAbove = claim.above !== undefined;
  const expected = `${claim.config} ${isAbove ? 'above' : 'below'} ${other}${MEASURES[claim.measure]}`;
  const here = measureOf(claim, claim.config, rows);
  const there = measureOf(claim, other, rows);
  const missing = [
    [claim.config, here],
    [other, there],
  ].flatMap(([name, measure]) => (typeof measure === 'string' ? [`${name as string}: ${measure}`] : []));
  if (typeof here === 'string' || typeof there === 'string')
    return { expected, measured: missing.join('; '), verdict: 'not run' };
  // Above and below are of the numbers, whichever way is better.
  const difference = pairedDifference(bySeed(here), bySeed(there), isAbove ? 'higher' : 'lower');
  return {
    expected,
    measured: differenceText(difference, metric),
    verdict: comparisonVerdict(difference),
  };
}

function comparisonVerdict({ count, verdict }: PairedDifference): ClaimVerdict {
  if (count === 0) return 'not run';
  if (verdict === 'too few seeds to tell') return 'too small to tell';
  return verdict === 'better' ? 'confirmed' : 'not confirmed';
}

function differenceText({ count, mean, interval }: PairedDifference, metric: Metric): string {
  if (mean === null) return 'no seed that both have';
  const signed = (value: number): string => signedText(metric, value);
  const range = interval === null ? '' : ` [${signed(interval.low)}, ${signed(interval.high)}]`;
  return `${signed(mean)}${range}${pointsText(metric)}, ${counted(count, 'seed')}`;
}

function judgeBound(claim: Claim, rows: readonly ReportRow[], metric: Metric): Judgement {
  const isLower = claim.atLeast !== undefined;
  const bound = claim.atLeast ?? claim.atMost!;
  const unit = unitText(metric);
  const side = isLower ? 'at least' : 'at most';
  const expected = `${claim.config} ${side} ${valueText(metric, bound)}${unit}${MEASURES[claim.measure]}`;
  const measure = measureOf(claim, claim.config, rows);
  if (typeof measure === 'string') return { expected, measured: measure, verdict: 'not run' };
  const statistics = describeValues(measure.bySeed.map(({ value }) => value));
  const { interval } = statistics;
  const range =
    interval === null ? '' : ` [${valueText(metric, interval.low)}, ${valueText(metric, interval.high)}]`;
  const measured = `${meanText(metric, statistics)}${unit}${range}, ${counted(statistics.count, 'seed')}`;
  return { expected, measured, verdict: boundVerdict(statistics, bound, isLower) };
}

function boundVerdict({ count, interval }: Statistics, bound: number, isLower: boolean): ClaimVerdict {
  if (count < FEWEST_PAIRS || interval === null) return 'too small to tell';
  const { low, high } = interval;
  if (isLower ? low >= bound : high <= bound) return 'confirmed';
  return (isLower ? high < bound : low > bound) ? 'not confirmed' : 'too small to tell';
}

/** What a claim looks at, or why there is nothing to look at. */
function measureOf({ measure }: Claim, name: string, rows: readonly ReportRow[]): Measure | string {
  const row = rows.find((each) => each.name === name);
  if (row === undefined) {
    const meant = closestString(
      name,
      rows.map((each) => each.name),
    );
    return meant === undefined ? 'no runs' : `no runs of that name; did the claim mean "${meant}"?`;
  }
  const found = row[measure];
  if (found === null) return 'not evaluated on test';
  return found.count === 0 ? 'no run finished' : found;
}

function bySeed({ bySeed: values }: Measure): Map<number, number> {
  return new Map(values.map(({ seed, value }) => [seed, value]));
}

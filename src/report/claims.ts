import { otherOf, type Claim } from '../config/claim-schema.js';
import type { Metric, TaskMetrics } from '../metrics/metric.js';
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
import { valuesBySeed, type Quantity } from './quantity.js';
import type { RunGroup } from './read/group-runs.js';
import type { ReportRow } from './row.js';
import { words, type Table } from './tables/table.js';

/** Whether runs bear a claim out. `not run`: there is no seed of what it speaks of. */
export type ClaimVerdict = 'confirmed' | 'not confirmed' | 'too small to tell' | 'not run';

/** A claim, what it would take, and what was measured. */
export interface JudgedClaim extends Claim {
  readonly expected: string;
  readonly measured: string;
  readonly verdict: ClaimVerdict;
}

/** What a report compares: rows, and the runs behind each. */
export interface Compared {
  readonly rows: readonly ReportRow[];
  readonly groups: readonly RunGroup[];
  readonly measured: TaskMetrics;
}

/**
 * Judges claims by the runs of a report. One job against another by the paired test of every comparison: an
 * interval on the claimed side of zero confirms; on the other side, or noise that ten seeds would not lift, does
 * not. A value against a bound by the 95 % interval of its mean over seeds.
 */
export function judgeClaims(claims: readonly Claim[], compared: Compared): JudgedClaim[] {
  return claims.map((claim) => {
    const quantity = quantityOf(claim, compared.measured);
    const other = otherOf(claim);
    const judged =
      other === undefined
        ? judgeBound(claim, quantity, compared)
        : judgeComparison(claim, other, quantity, compared);
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

/** Or the names of metrics that nobody has measured. */
function quantityOf({ metric, minus }: Claim, { validation, primary }: TaskMetrics): Quantity | string {
  const named = (name: string): Metric | undefined => validation.find((each) => each.name === name);
  const unknown = [metric, minus].filter((name) => name !== undefined && named(name) === undefined);
  if (unknown.length === 0) {
    return {
      metric: metric === undefined ? primary : named(metric)!,
      minus: minus === undefined ? undefined : named(minus),
    };
  }
  const names = validation.map(({ name }) => name);
  const [first] = unknown as readonly string[];
  const meant = closestString(first, names);
  return `no metric ${first}; ${meant === undefined ? `there are ${names.join(', ')}` : `did the claim mean "${meant}"?`}`;
}

/** What a claim looks at, behind what it says of it. */
function wording({ measure, metric, minus }: Claim, { validation, primary }: TaskMetrics): string {
  const title = (name: string): string => validation.find((each) => each.name === name)?.title ?? name;
  const of = metric === undefined && minus === undefined ? '' : `, ${title(metric ?? primary.name)}`;
  return `${of}${minus === undefined ? '' : ` less ${title(minus)}`}${MEASURES[measure]}`;
}

function judgeComparison(
  claim: Claim,
  other: string,
  quantity: Quantity | string,
  compared: Compared,
): Judgement {
  const expected = `${claim.config} ${sideOf(claim, compared.measured)} ${other}${wording(claim, compared.measured)}`;
  if (typeof quantity === 'string') return { expected, measured: quantity, verdict: 'not run' };
  const here = valuesOf(claim, claim.config, quantity, compared);
  const there = valuesOf(claim, other, quantity, compared);
  const missing = [
    [claim.config, here],
    [other, there],
  ].flatMap(([name, values]) => (typeof values === 'string' ? [`${name as string}: ${values}`] : []));
  if (typeof here === 'string' || typeof there === 'string')
    return { expected, measured: missing.join('; '), verdict: 'not run' };
  // Above and below are of the numbers, whichever way is better.
  const difference = pairedDifference(here, there, claim.below === undefined ? 'higher' : 'lower');
  return {
    expected,
    measured: differenceText(difference, quantity.metric),
    verdict: claim.within === undefined ? comparisonVerdict(difference) : nearness(difference, claim.within),
  };
}

function comparisonVerdict({ count, verdict }: PairedDifference): ClaimVerdict {
  if (count === 0) return 'not run';
  if (verdict === 'too few seeds to tell') return 'too small to tell';
  return verdict === 'better' ? 'confirmed' : 'not confirmed';
}

function sideOf({ above, within }: Claim, { primary }: TaskMetrics): string {
  if (within !== undefined) return `within ${valueText(primary, within)}${pointsText(primary)} of`;
  return above === undefined ? 'below' : 'above';
}

/** Whether a difference is too small to matter: that none was found does not say so, a narrow interval does. */
function nearness({ count, interval }: PairedDifference, within: number): ClaimVerdict {
  if (count === 0) return 'not run';
  if (interval === null || count < FEWEST_PAIRS) return 'too small to tell';
  if (Math.max(-interval.low, interval.high) <= within) return 'confirmed';
  return interval.low > within || interval.high < -within ? 'not confirmed' : 'too small to tell';
}

function differenceText({ count, mean, interval }: PairedDifference, metric: Metric): string {
  if (mean === null) return 'no seed that both have';
  const signed = (value: number): string => signedText(metric, value);
  const range = interval === null ? '' : ` [${signed(interval.low)}, ${signed(interval.high)}]`;
  return `${signed(mean)}${range}${pointsText(metric)}, ${counted(count, 'seed')}`;
}

function judgeBound(claim: Claim, quantity: Quantity | string, compared: Compared): Judgement {
  const isLower = claim.atLeast !== undefined;
  const bound = claim.atLeast ?? claim.atMost!;
  const { metric } = typeof quantity === 'string' ? { metric: compared.measured.primary } : quantity;
  const unit = unitText(metric);
  const side = isLower ? 'at least' : 'at most';
  const expected = `${claim.config} ${side} ${valueText(metric, bound)}${unit}${wording(claim, compared.measured)}`;
  const values = typeof quantity === 'string' ? quantity : valuesOf(claim, claim.config, quantity, compared);
  if (typeof values === 'string') return { expected, measured: values, verdict: 'not run' };
  const statistics = describeValues([...values.values()]);
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

/** What a claim looks at by seed, or why there is nothing to look at. */
function valuesOf(
  { measure }: Claim,
  name: string,
  quantity: Quantity,
  { rows, groups }: Compared,
): Map<number, number> | string {
  const row = rows.find((each) => each.name === name);
  const group = groups.find((each) => each.name === name);
  if (row === undefined || group === undefined) {
    const meant = closestString(
      name,
      rows.map((each) => each.name),
    );
    return meant === undefined ? 'no runs' : `no runs of that name; did the claim mean "${meant}"?`;
  }
  if (row[measure] === null) return 'not evaluated on test';
  const values = valuesBySeed(group.counted, measure, quantity);
  if (values.size > 0) return values;
  return row[measure].count === 0 ? 'no run finished' : `${quantity.metric.title} was not measured`;
}

import {
  describeValues,
  pairedDifference,
  type PairedDifference,
  type Statistics,
} from '../metrics/statistics.js';
import type { Claim } from '../config/claim-schema.js';
import { badInput } from '../util/errors.js';
import { closestString } from '../util/closest-string.js';
import { judgeClaims, type JudgedClaim } from './claims.js';
import { differentData } from './comparable.js';
import { groupRuns, type RunGroup } from './group-runs.js';
import type { MissingRun, ReportRun } from './report-run.js';

/** One measure over the seeds of a config. */
export interface Measure extends Statistics {
  readonly bySeed: readonly { readonly seed: number; readonly value: number }[];
  /** Null for the base itself. */
  readonly difference: PairedDifference | null;
}

/** Everything that is said of one config. */
export interface ReportRow {
  readonly name: string;
  readonly isBase: boolean;
  readonly description: string;
  /** Runs that count, of all that were found. */
  readonly finished: number;
  readonly found: number;
  readonly diverged: number;
  /** Validation accuracy at the epoch that training chose, and after the last one. */
  readonly best: Measure;
  readonly last: Measure;
  /** Test accuracy of the best weights, where all seeds that count were evaluated. */
  readonly test: Measure | null;
  readonly parameters: number | null;
  readonly macs: number | null;
  /** Times the base. */
  readonly parametersRatio: number | null;
  readonly macsRatio: number | null;
  readonly claim: {
    readonly article: string;
    readonly accuracy: number | null;
    /** Claimed of this config less claimed of the base. */
    readonly accuracyDifference: number | null;
    readonly parametersMillions: number | null;
  } | null;
}

/** What a report says, before it is written in any format. */
export interface Report {
  readonly base: string;
  readonly rows: readonly ReportRow[];
  readonly groups: readonly RunGroup[];
  readonly missing: readonly MissingRun[];
  /** What the sweep says that is claimed, judged. */
  readonly claims: readonly JudgedClaim[];
}

export interface ReportOptions {
  /** The name of a row; by default the first. */
  readonly base?: string;
  readonly claims?: readonly Claim[];
}

/**
 * Compares runs: a row a config, measures over seeds, differences to the base over equal seeds; and judges what
 * is claimed of them.
 */
export function makeReport(
  found: readonly (ReportRun | MissingRun)[],
  { base, claims = [] }: ReportOptions = {},
): Report {
  const runs = found.filter((run): run is ReportRun => 'experiment' in run);
  const missing = found.filter((run): run is MissingRun => !('experiment' in run));
  if (runs.length === 0) {
    throw badInput(
      'E_REPORT_NOTHING',
      missing.map(({ dir, detail }) => ({ what: detail ?? 'the run was not started', where: dir })),
    );
  }
  const different = differentData(runs);
  if (different !== undefined) throw different;
  const groups = groupRuns(runs);
  const baseGroup = base === undefined ? groups[0] : findBase(groups, base);
  // The base stands first: what a reader compares with.
  const ordered = [baseGroup, ...groups.filter((group) => group !== baseGroup)];
  const testable = haveSameTest(ordered);
  const rows = ordered.map((group) => rowOf(group, baseGroup, testable));
  return { base: baseGroup.name, rows, groups: ordered, missing, claims: judgeClaims(claims, rows) };
}

/** The accuracy of a run's best weights on the test set; undefined where it was not evaluated. */
export function testAccuracy(run: ReportRun): number | undefined {
  return run.scores.find(({ split }) => split === 'test')?.top1;
}

// --- internal ---

function findBase(groups: readonly RunGroup[], name: string): RunGroup {
  const group = groups.find((each) => each.name === name);
  if (group !== undefined) return group;
  const names = groups.map((each) => each.name);
  const meant = closestString(name, names);
  throw badInput('E_REPORT_BASE', {
    what: `--base expects one of ${names.join(', ')}, received "${name}"`,
    try: meant && `did you mean "${meant}"?`,
  });
}

function rowOf(group: RunGroup, base: RunGroup, testable: boolean): ReportRow {
  const { name, experiment, counted, runs } = group;
  const isBase = group === base;
  const measure = (value: (run: ReportRun) => number | null | undefined): Measure =>
    measureOf(bySeed(counted, value), isBase ? undefined : bySeed(base.counted, value));
  const parameters = costOf(group, 'parameters');
  const macs = costOf(group, 'macs');
  const isTested = testable && counted.length > 0 && counted.every((run) => testAccuracy(run) !== undefined);
  return {
    name,
    isBase,
    description: experiment.description,
    finished: counted.length,
    found: runs.length,
    diverged: runs.filter(({ status }) => status === 'diverged').length,
    best: measure((run) => run.best?.val_top1),
    last: measure((run) => run.last?.val_top1),
    test: isTested ? measure(testAccuracy) : null,
    parameters,
    macs,
    parametersRatio: ratio(parameters, costOf(base, 'parameters')),
    macsRatio: ratio(macs, costOf(base, 'macs')),
    claim: claimOf(group, base),
  };
}

function bySeed(
  runs: readonly ReportRun[],
  value: (run: ReportRun) => number | null | undefined,
): Map<number, number> {
  const entries = runs.map((run) => [run.seed, value(run)] as const);
  return new Map(entries.filter((entry): entry is readonly [number, number] => Number.isFinite(entry[1])));
}

function measureOf(
  values: ReadonlyMap<number, number>,
  base: ReadonlyMap<number, number> | undefined,
): Measure {
  return {
    ...describeValues([...values.values()]),
    bySeed: [...values].map(([seed, value]) => ({ seed, value })),
    difference: base === undefined ? null : pairedDifference(values, base),
  };
}

/** Of any run that ended: all have the same model. */
function costOf({ runs }: RunGroup, what: 'parameters' | 'macs'): number | null {
  return runs.find((run) => run[what] !== undefined)?.[what] ?? null;
}

function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null || base === 0 ? null : value / base;
}

function claimOf({ experiment }: RunGroup, base: RunGroup): ReportRow['claim'] {
  if (experiment.source === undefined) return null;
  const { article, claim } = experiment.source;
  const before = base.experiment.source?.article === article ? base.experiment.source.claim.accuracy : null;
  const { accuracy } = claim;
  return {
    article,
    accuracy,
    accuracyDifference:
      accuracy === null || before === null || experiment === base.experiment ? null : accuracy - before,
    parametersMillions: claim.parametersMillions,
  };
}

/** Test scores over different images, of runs that agree in their training images, are not compared. */
function haveSameTest(groups: readonly RunGroup[]): boolean {
  const prints = groups
    .flatMap(({ counted }) => counted)
    .flatMap(({ scores }) => scores.filter(({ split }) => split === 'test'))
    .map(({ fingerprint }) => fingerprint);
  return new Set(prints).size <= 1;
}

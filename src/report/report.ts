import type { Claim } from '../config/claim-schema.js';
import type { Metric, TaskMetrics } from '../metrics/metric.js';
import { badInput } from '../util/errors.js';
import { closestString } from '../util/closest-string.js';
import { judgeClaims, type JudgedClaim } from './claims.js';
import { differentData, differentMetrics } from './read/comparable.js';
import { groupRuns, type RunGroup } from './read/group-runs.js';
import type { MissingRun, ReportRun } from './read/report-run.js';
import { rowOf, type ReportRow } from './row.js';

/** What a report says, before it is written in any format. */
export interface Report {
  readonly base: string;
  /** The one that counts: what rows, claims and trade-offs are about. */
  readonly metric: Metric;
  readonly measured: TaskMetrics;
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
      missing.map(
        ({ dir, detail, problem }) => problem ?? { what: detail ?? 'the run was not started', where: dir },
      ),
    );
  }
  const different = differentMetrics(runs) ?? differentData(runs);
  if (different !== undefined) throw different;
  const groups = groupRuns(runs);
  const baseGroup = base === undefined ? groups[0] : findBase(groups, base);
  // The base stands first: what a reader compares with.
  const ordered = [baseGroup, ...groups.filter((group) => group !== baseGroup)];
  const testable = haveSameTest(ordered);
  const [{ measured }] = runs;
  const metric = measured.primary;
  const rows = ordered.map((group) => rowOf(group, baseGroup, metric, testable));
  return {
    base: baseGroup.name,
    metric,
    measured,
    rows,
    groups: ordered,
    missing,
    claims: judgeClaims(claims, { rows, groups: ordered, measured }),
  };
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

/** Test scores over different images, of runs that agree in their training images, are not compared. */
function haveSameTest(groups: readonly RunGroup[]): boolean {
  const prints = groups
    .flatMap(({ counted }) => counted)
    .flatMap(({ scores }) => scores.filter(({ split }) => split === 'test'))
    .map(({ fingerprint }) => fingerprint);
  return new Set(prints).size <= 1;
}

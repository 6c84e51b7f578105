import type { Claim } from '../config/claim-schema.js';
import { columnOf, type Metric } from '../metrics/metric.js';
import type { ReportRun } from './read/report-run.js';

/** What is compared: a metric, or by how much it is above another one of the same unit. */
export interface Quantity {
  readonly metric: Metric;
  readonly minus?: Metric | undefined;
}

/** What a run has of it, where a claim says to look; undefined where it was not measured, or is no number. */
export function valueOf(
  run: ReportRun,
  measure: Claim['measure'],
  { metric, minus }: Quantity,
): number | undefined {
  const value = metricOf(run, measure, metric);
  if (value === undefined || minus === undefined) return value;
  const less = metricOf(run, measure, minus);
  return less === undefined ? undefined : value - less;
}

/** The values of runs by their seeds, of those that have one. */
export function valuesBySeed(
  runs: readonly ReportRun[],
  measure: Claim['measure'],
  quantity: Quantity,
): Map<number, number> {
  const values = new Map<number, number>();
  for (const run of runs) {
    const value = valueOf(run, measure, quantity);
    if (value !== undefined) values.set(run.seed, value);
  }
  return values;
}

// --- internal ---

function metricOf(run: ReportRun, measure: Claim['measure'], metric: Metric): number | undefined {
  const value =
    measure === 'test'
      ? run.scores.find(({ split }) => split === 'test')?.values[metric.name]
      : run[measure]?.[columnOf('val', metric)];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

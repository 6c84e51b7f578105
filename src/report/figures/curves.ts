import { columnOf, type Metric, type TaskMetrics } from '../../metrics/metric.js';
import { describeValues } from '../../metrics/statistics.js';
import type { EpochMetrics } from '../../runs/record/metrics-csv.js';
import type { RunGroup } from '../read/group-runs.js';

/** A column of metrics.csv, and what it is. */
export interface Curve {
  readonly column: `train_${string}` | `val_${string}`;
  readonly metric: Metric;
  readonly title: string;
}

/** The curves that tell how training went: what counts on validation, and what training makes small, on both. */
export function curvesIn({ train, validation, primary }: TaskMetrics): Curve[] {
  const [objective] = train;
  const onTrain: Curve = {
    column: columnOf('train', objective),
    metric: objective,
    title: `Training ${objective.title}`,
  };
  const onValidation = [primary, ...validation.filter(({ name }) => name === objective.name)].map(
    (metric): Curve => ({ column: columnOf('val', metric), metric, title: `Validation ${metric.title}` }),
  );
  const [first, ...others] = [...new Map(onValidation.map((curve) => [curve.column, curve])).values()];
  return [first, onTrain, ...others];
}

/** A measure of a config at an epoch, over the seeds that came so far. */
export interface CurvePoint {
  readonly config: string;
  readonly epoch: number;
  readonly seeds: number;
  readonly mean: number;
  /** Mean less and plus the standard deviation; the mean itself where there is one seed. */
  readonly low: number;
  readonly high: number;
}

/** Means over the seeds that count, epoch by epoch; seeds that ended earlier are missing from later ones. */
export function curvesOf(groups: readonly RunGroup[], column: Curve['column']): CurvePoint[] {
  return groups.flatMap(({ name, counted }) => {
    const last = Math.max(0, ...counted.map(({ metrics }) => metrics.at(-1)?.epoch ?? 0));
    return Array.from({ length: last }, (_, index) => index + 1).flatMap((epoch) => {
      const values = counted
        .map(({ metrics }) => valueAt(metrics, epoch, column))
        .filter((v) => v !== undefined);
      const { count, mean, sd } = describeValues(values);
      if (mean === null) return [];
      return [{ config: name, epoch, seeds: count, mean, low: mean - (sd ?? 0), high: mean + (sd ?? 0) }];
    });
  });
}

function valueAt(
  metrics: readonly EpochMetrics[],
  epoch: number,
  column: Curve['column'],
): number | undefined {
  const value = metrics.find((row) => row.epoch === epoch)?.[column];
  return value === null || value === undefined || !Number.isFinite(value) ? undefined : value;
}

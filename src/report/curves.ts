import { describeValues } from '../metrics/statistics.js';
import type { EpochMetrics } from '../runs/metrics-file.js';
import type { RunGroup } from './group-runs.js';

export type CurveColumn = 'val_top1' | 'val_loss' | 'train_loss';

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
export function curvesOf(groups: readonly RunGroup[], column: CurveColumn): CurvePoint[] {
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

function valueAt(metrics: readonly EpochMetrics[], epoch: number, column: CurveColumn): number | undefined {
  const value = metrics.find((row) => row.epoch === epoch)?.[column];
  return value === null || value === undefined || !Number.isFinite(value) ? undefined : value;
}

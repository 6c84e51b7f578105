import type { Metric, MetricValues } from '../metrics/metric.js';
import { improves } from './best.js';
import type { ScheduleConfig } from './schedule-options.js';
import { nextPlateau } from './schedule.js';
import type { Progress } from './state.js';

/** By what an epoch is judged. */
export interface EpochRules {
  readonly schedule: ScheduleConfig;
  /** What the best epoch is the best in. */
  readonly best: Metric;
}

/** What an epoch has come to. */
export interface EpochEnd {
  /** Of the epoch that has ended: the best so far and the schedule are up to date. */
  readonly progress: Progress;
  readonly isBest: boolean;
  /** The schedule has lowered the rate, or would have done so once more. */
  readonly onPlateau: boolean;
}

/**
 * What validation says of an epoch: whether it is the best, and what the schedule makes of it.
 * @param values of validation, by name
 */
export function judgeEpoch(
  progress: Progress,
  values: MetricValues,
  { schedule, best }: EpochRules,
): EpochEnd {
  const value = values[best.name];
  const isBest = improves(best, value, progress.best);
  const judged = isBest ? { ...progress, best: { epoch: progress.epoch + 1, value } } : progress;
  if (schedule.name !== 'plateau') return { progress: judged, isBest, onPlateau: false };
  const { reductions, exhausted } = progress.plateau;
  const plateau = nextPlateau(schedule, progress.plateau, values.loss);
  const onPlateau = plateau.reductions > reductions || (plateau.exhausted && !exhausted);
  return { progress: { ...judged, plateau }, isBest, onPlateau };
}

import type { Metric, MetricValues } from '../../metrics/metric.js';
import { improves } from './best.js';
import type { TrainConfig } from '../options.js';
import type { TrainOutcome } from '../outcome.js';
import { scheduleRow } from '../schedule-options.js';
import type { Progress } from '../state.js';
import { nextKept } from './keep.js';
import { nextPatience, PATIENCE_START } from './patience.js';

/** By what an epoch is judged. */
export interface EpochRules extends Pick<TrainConfig, 'schedule' | 'until'> {
  /** What the best epoch is the best in. */
  readonly best: Metric;
  /** So many of the best epochs are kept. */
  readonly keep: number | null;
}

/** What an epoch has come to. */
export interface EpochEnd {
  /** Of the epoch that has ended: the best so far, the schedule and the patience are up to date. */
  readonly progress: Progress;
  readonly isBest: boolean;
  /** It is one of the best epochs that are kept. */
  readonly isKept: boolean;
  /** The schedule has lowered the rate, or would have done so once more. */
  readonly onPlateau: boolean;
}

/**
 * What validation says of an epoch: whether it is the best, and what that does to the schedule and the patience.
 * @param values of validation, by name
 */
export function judgeEpoch(
  before: Progress,
  values: MetricValues,
  { schedule, until, best, keep }: EpochRules,
): EpochEnd {
  const value = values[best.name];
  let progress = before;
  const isBest = improves(best, value, before.best);
  if (isBest) progress = { ...progress, best: { epoch: before.epoch + 1, value } };
  if (typeof until === 'object') {
    const patience = nextPatience(until, before.patience ?? PATIENCE_START, value, best);
    progress = { ...progress, patience };
  }
  if (keep) {
    const epoch = { epoch: before.epoch + 1, value };
    progress = { ...progress, kept: nextKept(before.kept ?? [], epoch, keep, best) };
  }
  const isKept = progress.kept?.at(-1)?.epoch === before.epoch + 1;
  const { follow } = scheduleRow(schedule);
  if (follow === undefined) return { progress, isBest, isKept, onPlateau: false };
  const { reductions, exhausted } = before.plateau;
  const plateau = follow.next(schedule, before.plateau, values.loss);
  const onPlateau = plateau.reductions > reductions || (plateau.exhausted && !exhausted);
  return { progress: { ...progress, plateau }, isBest, isKept, onPlateau };
}

/** Why training ends where it stands; undefined while it goes on. */
export function endOf(
  { batch, step, plateau, patience }: Progress,
  until: TrainConfig['until'],
  totalSteps: number,
): Extract<TrainOutcome['kind'], 'done' | 'plateau' | 'early-stop'> | undefined {
  // An epoch that was stopped before its validation has a batch count left, and is finished first.
  if (batch !== 0) return undefined;
  if (until === 'plateau' && plateau.exhausted) return 'plateau';
  if (typeof until === 'object' && (patience?.badEpochs ?? 0) >= until.patience) return 'early-stop';
  return step >= totalSteps ? 'done' : undefined;
}

import type { Duration } from '../util/schema-parts.js';
import type { ScheduleConfig } from './schedule-options.js';

/** Where a plateau schedule stands; kept in checkpoints. */
export interface PlateauState {
  /** Lowest val_loss so far. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly badEpochs: number;
  /** Reductions made. */
  readonly reductions: number;
  /** The condition fired again after the last reduction allowed. */
  readonly exhausted: boolean;
}

export const PLATEAU_START: PlateauState = { best: null, badEpochs: 0, reductions: 0, exhausted: false };

/** A duration in steps, rounded to a whole step. */
export function toSteps(duration: Duration, stepsPerEpoch: number): number {
  return 'steps' in duration ? duration.steps : Math.round(duration.epochs * stepsPerEpoch);
}

/**
 * The learning rate of a step (counted from 0): the schedule's value, times (step + 1) / n in the first
 * n steps when it has a warm-up.
 */
export function learningRateAt(
  schedule: ScheduleConfig,
  base: number,
  step: number,
  extent: { readonly stepsPerEpoch: number; readonly totalSteps: number },
  plateau: PlateauState,
): number {
  const warmUp = schedule.warmUp ? toSteps(schedule.warmUp, extent.stepsPerEpoch) : 0;
  if (step < warmUp) return (base * (step + 1)) / warmUp;
  switch (schedule.name) {
    case 'constant':
      return base;
    case 'plateau':
      return Math.max(schedule.minimum, base * schedule.factor ** plateau.reductions);
    case 'step': {
      const passed = schedule.at.filter((duration) => step >= toSteps(duration, extent.stepsPerEpoch)).length;
      return base * schedule.factor ** passed;
    }
    case 'cosine': {
      const progress = (step - warmUp) / Math.max(1, extent.totalSteps - warmUp);
      return schedule.minimum + (base - schedule.minimum) * 0.5 * (1 + Math.cos(Math.PI * progress));
    }
  }
}

/**
 * What an epoch's val_loss does to a plateau schedule: after `patience` epochs without a loss below
 * best·(1 − threshold) the rate is reduced and the count starts anew; when `maxReductions` are used up,
 * the next time the schedule is exhausted. A loss that is not finite counts as no better.
 */
export function nextPlateau(
  schedule: Extract<ScheduleConfig, { name: 'plateau' }>,
  state: PlateauState,
  loss: number,
): PlateauState {
  if (Number.isFinite(loss) && (state.best === null || loss < state.best * (1 - schedule.threshold))) {
    return { ...state, best: loss, badEpochs: 0 };
  }
  const badEpochs = state.badEpochs + 1;
  if (badEpochs < schedule.patience) return { ...state, badEpochs };
  return state.reductions >= schedule.maxReductions
    ? { ...state, badEpochs, exhausted: true }
    : { ...state, badEpochs: 0, reductions: state.reductions + 1 };
}

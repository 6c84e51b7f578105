import type { Metric } from '../../metrics/metric.js';

/** How long training goes on without a better epoch; kept in checkpoints. */
export interface PatienceState {
  /** The value that has to be bettered; null before the first that is a number. */
  readonly best: number | null;
  /** Epochs since then. */
  readonly badEpochs: number;
}

export const PATIENCE_START: PatienceState = { best: null, badEpochs: 0 };

/**
 * What an epoch's value does to the patience: it is better when it betters the best so far by more than `minDelta`, in
 * the metric's own units (EarlyStopping of Keras). A value that is not finite is no better.
 */
export function nextPatience(
  { minDelta }: { readonly minDelta: number },
  { best, badEpochs }: PatienceState,
  value: number,
  { better }: Pick<Metric, 'better'>,
): PatienceState {
  const isBetter =
    Number.isFinite(value) &&
    (best === null || (better === 'higher' ? value - minDelta > best : value + minDelta < best));
  return isBetter ? { best: value, badEpochs: 0 } : { best, badEpochs: badEpochs + 1 };
}

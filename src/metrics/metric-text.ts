import { percent } from '../util/number-text.js';
import type { Metric } from './metric.js';

/** A value of a metric for people: `81.2 %`, `0.4321`, or that it overflowed. */
export function metricText({ unit }: Pick<Metric, 'unit'>, value: number | null): string {
  if (unit === 'share') return value === null ? '–' : percent(value);
  return lossText(value);
}

/**
 * A loss for people, or that it overflowed: what a network computes of an unusual image may leave the range of
 * float32, and then the mean over all images is not a number.
 */
export function lossText(loss: number | null): string {
  if (loss === null || !Number.isFinite(loss)) return 'overflowed';
  return loss < 1e4 ? loss.toFixed(4) : loss.toExponential(1);
}

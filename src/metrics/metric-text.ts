import { fourDigits, NOTHING, percent, signed } from '../util/number-text.js';
import type { Metric } from './metric.js';
import type { Statistics } from './statistics.js';

/** Values of a metric as people read them: shares in per cent, everything else in its own unit. */

type Unit = Pick<Metric, 'unit'>;

/** While it trains, in a line that grows from step to step: `81.2 %`, `0.3071`, or that it overflowed. */
export function metricText({ unit }: Unit, value: number | null): string {
  return unit === 'share' ? percent(value) : lossText(value);
}

/** Without its unit: `81.4`, `0.3071`. */
export function valueText(metric: Unit, value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOTHING;
  return digits(metric, value);
}

/** `81.4 %`, `0.3071`. */
export function valueWithUnit(metric: Unit, value: number | null | undefined): string {
  const text = valueText(metric, value);
  return text === NOTHING ? text : text + unitText(metric);
}

/** What follows a value: ` %`, or nothing. */
export function unitText({ unit }: Unit): string {
  return unit === 'share' ? ' %' : '';
}

/** `81.4 ± 0.6`, or the value alone where there is one seed. */
export function meanText(metric: Unit, { mean, sd }: Pick<Statistics, 'mean' | 'sd'>): string {
  return sd === null ? valueText(metric, mean) : `${valueText(metric, mean)} ± ${valueText(metric, sd)}`;
}

/** A difference with its sign: `+2.4`, `−0.3`, `0.0`; of shares in points. */
export function signedText(metric: Unit, difference: number): string {
  return signed(difference, (size) => digits(metric, size));
}

/** What follows a difference: ` points` of a percentage, or nothing. */
export function pointsText({ unit }: Unit): string {
  return unit === 'share' ? ' points' : '';
}

/** A loss for people; where it is no number, it overflowed: float32 does not hold what unusual images make of it. */
export function lossText(loss: number | null): string {
  if (loss === null || !Number.isFinite(loss)) return 'overflowed';
  return loss < 1e4 ? loss.toFixed(4) : loss.toExponential(1);
}

function digits({ unit }: Unit, value: number): string {
  return unit === 'share' ? (100 * value).toFixed(1) : fourDigits(value);
}

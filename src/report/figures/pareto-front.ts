import type { Metric } from '../../metrics/metric.js';

/** Something that costs and achieves. */
export interface TradeOff {
  readonly cost: number;
  readonly value: number;
}

/** Those that nothing beats: none costs no more and achieves more, or costs less and achieves as much. By cost. */
export function paretoFront<T extends TradeOff>(
  points: readonly T[],
  better: Metric['better'] = 'higher',
): T[] {
  const sign = better === 'higher' ? 1 : -1;
  const gain = (point: T, other: T): number => sign * (other.value - point.value);
  const isBeaten = (point: T): boolean =>
    points.some(
      (other) =>
        other.cost <= point.cost &&
        gain(point, other) >= 0 &&
        (other.cost < point.cost || gain(point, other) > 0),
    );
  return points.filter((point) => !isBeaten(point)).sort((a, b) => a.cost - b.cost);
}

import type { Metric } from '../../metrics/metric.js';

/** How an axis shows a metric. */
export interface ValueAxis {
  readonly scale: object;
  readonly axis: object;
  readonly isLog: boolean;
  /** Where a curve is cut off, when it is. */
  readonly ceiling: number | undefined;
}

/** The format of a metric's values on an axis. */
export function axisFormat({ unit }: Metric): string {
  return unit === 'share' ? '.0%' : '.3~g';
}

/** An axis for curves: a loss that overflowed on the way would flatten everything else. */
export function valueAxis(metric: Metric, values: readonly number[]): ValueAxis {
  const above = values.filter((value) => value > 0);
  const [lowest, highest] = [Math.min(...above), Math.max(...above)];
  const isLog = metric.unit !== 'share' && above.length === values.length && highest > 30 * lowest;
  const most = Math.max(CUT_OFF * lowest, SENSIBLE);
  const ceiling = isLog && highest > most ? most : undefined;
  const domain = ceiling === undefined ? {} : { domain: [lowest / 1.1, ceiling], nice: false };
  const ticks = isLog ? { values: roundValues(lowest / 1.1, ceiling ?? highest) } : {};
  return {
    scale: values.length === 0 ? { domain: [0, 1] } : isLog ? { type: 'log', ...domain } : { zero: false },
    axis: { title: null, format: axisFormat(metric), tickCount: 5, ...ticks },
    isLog,
    ceiling,
  };
}

/** 1, 2, 5, 10, 20 …: the ticks of a logarithmic axis; few of them where it is long. */
export function roundValues(low: number, high: number): number[] {
  const decades = Math.log10(high / low);
  const digits = decades > 4 ? [1] : decades > 2.5 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(Math.log10(low));
  return Array.from({ length: Math.ceil(decades) + 2 }, (_, i) =>
    digits.map((digit) => digit * 10 ** (first + i)),
  )
    .flat()
    .filter((value) => value >= low / 1.05 && value <= high * 1.05);
}

// --- internal ---

/** The highest loss that is shown, times the lowest. */
const CUT_OFF = 100;
/** A loss of classes that is no overflow, however small others are: guessing among a million classes is 14 nats. */
const SENSIBLE = 30;

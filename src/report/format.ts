import type { PairedDifference, Statistics } from '../metrics/statistics.js';

/** What stands where there is no number. */
export const NOTHING = '–';

/** A share as a percentage without its sign: `81.4`. */
export function percent(share: number | null | undefined): string {
  return share === null || share === undefined || !Number.isFinite(share)
    ? NOTHING
    : (100 * share).toFixed(1);
}

/** `81.4 ± 0.6`, or the value alone where there is one seed. */
export function meanAndDeviation({ mean, sd }: Pick<Statistics, 'mean' | 'sd'>): string {
  return sd === null ? percent(mean) : `${percent(mean)} ± ${percent(sd)}`;
}

/** `+2.4 [+0.5, +4.3]`: points of a percentage and their interval. */
export function differenceText(difference: PairedDifference | null): string {
  if (difference === null) return 'base';
  const { mean, interval } = difference;
  if (mean === null) return NOTHING;
  if (interval === null) return signedPercent(mean);
  return `${signedPercent(mean)} [${signedPercent(interval.low)}, ${signedPercent(interval.high)}]`;
}

/** A difference of shares in points, with its sign: `+2.4`, `−0.3`, `0.0`. */
export function signedPercent(share: number): string {
  const text = (100 * Math.abs(share)).toFixed(1);
  if (Number(text) === 0) return text;
  return share > 0 ? `+${text}` : `−${text}`;
}

/** `1.49 M`, `384.5 M`, `620,710` below a tenth of a million. */
export function millions(value: number | null): string {
  if (value === null) return NOTHING;
  if (value < 1e5) return value.toLocaleString('en-US');
  const m = value / 1e6;
  return `${m < 100 ? Number(m.toPrecision(3)) : m.toFixed(1)} M`;
}

/** `0.37×`, with the base's own as `1×`. */
export function times(ratio: number | null): string {
  return ratio === null
    ? NOTHING
    : `${ratio === 1 ? '1' : ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)}×`;
}

/** A difference in per cent of the base: `−63 %`. */
export function relative(ratio: number | null): string {
  if (ratio === null) return NOTHING;
  const change = Math.round(100 * (ratio - 1));
  return `${change > 0 ? '+' : change < 0 ? '−' : ''}${Math.abs(change)} %`;
}

/** `1 run`, `3 runs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

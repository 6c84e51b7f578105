/** Numbers as people read them. */

/** What stands where there is no number. */
export const NOTHING = '–';

/** A share of one as `81.2 %`. */
export function percent(share: number | null, digits = 1): string {
  return share === null ? NOTHING : `${(100 * share).toFixed(digits)} %`;
}

/** 4015234 as `4,015,234`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Bytes as MB (10⁶), one decimal. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** `1.49 M`, `384.5 M`, `620,710` below a tenth of a million. */
export function millions(value: number | null): string {
  if (value === null) return NOTHING;
  if (value < 1e5) return value.toLocaleString('en-US');
  const m = value / 1e6;
  return `${m < 100 ? Number(m.toPrecision(3)) : m.toFixed(1)} M`;
}

/** Four digits: `0.3071`, `1.2e+30`. */
export function fourDigits(value: number): string {
  return Math.abs(value) < 1e5 ? String(Number(value.toPrecision(4))) : value.toExponential(1);
}

/** With its sign: `+2.4`, `−0.3`, and `0.0` without one. */
export function signed(value: number, text: (size: number) => string): string {
  const size = text(Math.abs(value));
  if (Number(size) === 0) return size;
  return value > 0 ? `+${size}` : `−${size}`;
}

/** A ratio: `0.37×`, with the base's own as `1×`. */
export function times(ratio: number | null): string {
  if (ratio === null) return NOTHING;
  return `${ratio === 1 ? '1' : ratio < 10 ? ratio.toFixed(2) : ratio.toFixed(0)}×`;
}

/** A ratio as a difference in per cent: `−63 %`. */
export function relative(ratio: number | null): string {
  if (ratio === null) return NOTHING;
  return `${signed(Math.round(100 * (ratio - 1)), String)} %`;
}

/** `1 run`, `3 runs`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;
}

/** Bytes as MB (10⁶), one decimal below 100 and none above. */
export function roundMegabytes(bytes: number): string {
  return bytes / 1e6 < 100 ? megabytes(bytes) : `${grouped(bytes / 1e6)} MB`;
}

/** Seconds as `1:02:03` or `2:03`. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return NOTHING;
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

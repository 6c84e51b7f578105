/** 4015234 as `4,015,234`. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** A share of one as `81.2 %`. */
export function percent(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** In millions, one decimal: 4015234 as `4.0`. */
export function millions(value: number): string {
  return (value / 1e6).toFixed(1);
}

/** Bytes as MB (10⁶), one decimal. */
export function megabytes(bytes: number): string {
  return `${millions(bytes)} MB`;
}

/** Bytes as MB (10⁶), one decimal below 100 and none above. */
export function roundMegabytes(bytes: number): string {
  return bytes / 1e6 < 100 ? megabytes(bytes) : `${grouped(bytes / 1e6)} MB`;
}

/** Seconds as `1:02:03` or `2:03`. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

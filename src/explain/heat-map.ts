/** A number for each place of a map, row by row. */
export interface HeatMap {
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
}

/**
 * The range that nearly all finite numbers of a map lie in: what is beyond the 1st and the 99th percentile would make the
 * rest look all alike. The nearest ranks, so that both are numbers of the map.
 */
export function mostOf({ values }: Pick<HeatMap, 'values'>): readonly [low: number, high: number] {
  const sorted = values.filter(Number.isFinite).sort();
  if (sorted.length === 0) return [0, 0];
  const last = sorted.length - 1;
  return [sorted[Math.floor(last / 100)]!, sorted[Math.ceil((99 * last) / 100)]!];
}

/** The smallest and the largest of a map's finite numbers; 0 and 0 where there are none. */
export function rangeOf({ values }: Pick<HeatMap, 'values'>): readonly [least: number, most: number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return least > most ? [0, 0] : [least, most];
}

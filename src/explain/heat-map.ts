/** A number for each place of a map, row by row. */
export interface HeatMap {
  readonly height: number;
  readonly width: number;
  readonly values: Float32Array;
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

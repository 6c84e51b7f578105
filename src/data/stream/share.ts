/** One of several who divide something among them. */
export interface Share {
  /** From 0. */
  readonly rank: number;
  /** How many they are. */
  readonly of: number;
}

/** The part of `count` things in a row that is this share's: all parts are alike, or differ by one where they must. */
export function partOf(count: number, { rank, of }: Share): { readonly from: number; readonly to: number } {
  return { from: Math.floor((rank * count) / of), to: Math.floor(((rank + 1) * count) / of) };
}

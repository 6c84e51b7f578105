/** How the parts of several workers become one. `moments`: mean and variance of all values; `mean`: of what is given. */
export type Reduction = 'moments' | 'mean';

/** What a worker brings: vectors of one length, a place for each channel. */
export interface ReductionPart {
  /** `moments`: mean and biased variance of its own values; `mean`: two of anything. */
  readonly values: readonly [Float32Array, Float32Array];
  /** Values of a channel that they are of: its weight. */
  readonly places: number;
}

/**
 * Makes one of what all workers bring to the same call of a program, which waits for it in its midst.
 * `moments`: mean, biased and unbiased variance of all values; `mean`: the means of both vectors.
 */
export type AllReduce = (reduction: Reduction, part: ReductionPart) => Promise<readonly Float32Array[]>;

/** One worker alone. */
export const reducedAlone: AllReduce = (reduction, part) => Promise.resolve(reduceParts(reduction, [part]));

/** What comes of the parts, added in their order in 64 bits and rounded once. */
export function reduceParts(reduction: Reduction, parts: readonly ReductionPart[]): Float32Array[] {
  const [length] = parts.map(({ values }) => values[0].length);
  if (!parts.every(({ values }) => values.every((each) => each.length === length)))
    throw new Error('Workers bring vectors of other lengths to the same reduction.');
  const all = parts.reduce((sum, { places }) => sum + places, 0);
  const meanOf = (valueOf: (part: ReductionPart) => number): number =>
    parts.reduce((sum, part) => sum + part.places * valueOf(part), 0) / all;
  const results = Array.from({ length: reduction === 'moments' ? 3 : 2 }, () => new Float32Array(length!));
  for (let c = 0; c < length!; c++) {
    const first = meanOf(({ values }) => values[0][c]!);
    results[0]![c] = first;
    if (reduction === 'mean') {
      results[1]![c] = meanOf(({ values }) => values[1][c]!);
      continue;
    }
    // The mean of the variances plus the variance of the means (Chan, Golub and LeVeque 1979, equation 2.1).
    const variance = meanOf(({ values: [mean, own] }) => own[c]! + (mean[c]! - first) ** 2);
    results[1]![c] = variance;
    results[2]![c] = all > 1 ? (variance * all) / (all - 1) : variance;
  }
  return results;
}

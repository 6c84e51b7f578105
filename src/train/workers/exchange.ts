import type { Share } from '../../data/stream/share.js';

/**
 * What the workers of one job tell each other. Every worker makes the same calls in the same order, and each call ends
 * when all have made it. Who moves the numbers (sockets, MPI) is nobody's business here; what comes out is the same bits
 * whoever does.
 */
export interface Exchange extends Share {
  /**
   * Puts the mean over all workers in the place of `values`: Σ weight·value ÷ Σ weight, added in the order of the ranks in
   * 64 bits and rounded once, so that it does not depend on who was first and all have the same bits.
   * @param values as many as the others have
   * @param weight 0 where this worker has nothing to say; not all may be 0
   */
  mean(values: Float32Array, weight: number): Promise<void>;
  /** Where it is there: memory for so many values from which `mean` is quicker. All ask for it at once, and keep it. */
  memory?(length: number): Promise<Float32Array>;
  /** What each worker says, in the order of the ranks. Plain data, undefined and numbers that are not finite included. */
  gather<T>(value: T): Promise<readonly T[]>;
}

/** The weighted mean as every exchange computes it; the parts in the order of the ranks, the result over the first. */
export function meanInto(
  parts: readonly [Float32Array, ...Float32Array[]],
  weights: readonly number[],
): void {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  const [result] = parts;
  // What is weighted by nothing need not be finite.
  const heavy = parts.filter((_, rank) => weights[rank] !== 0);
  const [first, second, ...others] = heavy;
  if (first !== undefined && second !== undefined && others.length === 0) {
    const [a, b] = weights.filter((weight) => weight !== 0);
    // The sum begins with 0, as that of any number of them.
    for (let i = 0; i < result.length; i++) result[i] = (0 + a! * first[i]! + b! * second[i]!) / all;
    return;
  }
  const sums = new Float64Array(Math.min(PIECE, result.length));
  for (let from = 0; from < result.length; from += PIECE) {
    const length = Math.min(PIECE, result.length - from);
    sums.fill(0);
    parts.forEach((part, rank) => {
      const weight = weights[rank]!;
      // What is weighted by nothing need not be finite.
      if (weight === 0) return;
      for (let i = 0; i < length; i++) sums[i] += weight * part[from + i]!;
    });
    for (let i = 0; i < length; i++) result[from + i] = sums[i]! / all;
  }
}

// --- internal ---

/** Values that are added up at a time: they stay in the cache of a processor. */
const PIECE = 8192;

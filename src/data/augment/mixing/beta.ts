import type { RandomStream } from '../../../util/random.js';

/**
 * The logarithm of a draw of Gamma(shape, 1), by Marsaglia and Tsang (A simple method for generating gamma variables,
 * 2000). Below a shape of 1 draws come so close to 0 that only their logarithm can be held.
 * @param shape above 0
 */
export function drawLogGamma(stream: RandomStream, shape: number): number {
  // Gamma(s) = Gamma(s + 1) · U^(1/s), section 6 of the article.
  if (shape < 1) return drawLogGamma(stream, shape + 1) + Math.log(1 - stream.uniform()) / shape;
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = stream.normal();
    const root = 1 + c * x;
    if (root <= 0) continue;
    const v = root ** 3;
    const u = 1 - stream.uniform();
    if (Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d) + Math.log(v);
  }
}

/** A draw of Beta(a, b), 0…1, as X / (X + Y) of two gamma draws; both shapes above 0. */
export function drawBeta(stream: RandomStream, a: number, b: number): number {
  const x = drawLogGamma(stream, a);
  const y = drawLogGamma(stream, b);
  return 1 / (1 + Math.exp(y - x));
}

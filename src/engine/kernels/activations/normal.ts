/** Density of the normal distribution: φ(x) = e^(−x²/2)/√(2π). */
export function normalDensity(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}

/**
 * Φ(x), to about 1e-15. Near 0 by the series ½ + φ(x)·(x + x³/3 + x⁵/(3·5) + …), far from it the tail by the
 * continued fraction φ(x)/(x + 1/(x + 2/(x + …))) (Abramowitz and Stegun 1964, 26.2.11 and 26.2.14).
 */
export function normalCumulative(x: number): number {
  if (Number.isNaN(x)) return NaN;
  const far = Math.abs(x);
  if (far > 3) {
    let fraction = far;
    for (let k = 100; k > 0; k--) fraction = far + k / fraction;
    const tail = normalDensity(far) / fraction;
    return x > 0 ? 1 - tail : tail;
  }
  let [term, sum] = [x, x];
  for (let odd = 3; Math.abs(term) > 1e-17 * far; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + normalDensity(x) * sum;
}

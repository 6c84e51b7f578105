import { attributes, defineKernel, float32 } from '../define-kernel.js';

export interface MuonUpdateAttrs {
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly weightDecay: number;
  /** What the parameter puts out: of [kh,kw,in,out] `out`; the other numbers are a row for each. */
  readonly outputs: number;
  /** Steps of Newton and Schulz's iteration. */
  readonly steps: number;
  /** Whether the parameter is brought to the norm √out before it moves, in the place of decay. */
  readonly fixedNorm: boolean;
}

/** Added to a norm that is divided by, so that a parameter of zeros stays one. */
export const SMALLEST_NORM = 1e-30;

/** Of Newton and Schulz's iteration: the slope at 0 is as steep as it can be, and values end near 1 (Jordan 2024). */
export const NEWTON_SCHULZ = { a: 3.4445, b: -4.775, c: 2.0315, epsilon: 1e-7 } as const;

/**
 * Muon (Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"), with decoupled weight decay:
 * m ← μm + (1−μ)g; d = (1−μ)g + μm with Nesterov's momentum, else m; θ ← θ(1 − lr·wd) − lr·√max(1, out/in)·O(d).
 *
 * With `fixedNorm` θ·√out/‖θ‖ stands in the place of θ(1 − lr·wd), as in the author's airbench94_muon: before a batch norm
 * the norm of a kernel changes nothing but how fast it turns, and so the rate alone says that.
 *
 * O(d) is the nearest orthogonal matrix, or nearly: X = d/(‖d‖ + ε), then `steps` times A = XXᵀ, X ← aX + (bA + cA²)X.
 * The reference takes a kernel [out,in,kh,kw] as the matrix [out, in·kh·kw]. Ours [kh,kw,in,out] is that matrix
 * transposed, its rows in another order: X = PYᵀ with a permutation P. The iteration is an odd polynomial of X, which
 * goes through both: (XXᵀ)X = P(YᵀY)PᵀPYᵀ = P((YYᵀ)Y)ᵀ. So no number is moved, and the result is the reference's.
 *
 * `parameter`, `gradient`, `momentum` of one shape, scalar `learningRate` → new `parameter`, `momentum`.
 */
export const MuonUpdate = defineKernel({
  name: 'MuonUpdate',
  inputs: { parameter: float32(), gradient: float32(), momentum: float32(), learningRate: float32(0) },
  attributes: attributes<MuonUpdateAttrs>(),
  outputs: { parameter: ({ parameter }) => parameter, momentum: ({ parameter }) => parameter },
  // In float64, stored as float32.
  reference: ({ values, attrs: { momentum: keep, nesterov, weightDecay, outputs, steps, fixedNorm } }) => {
    const rate = values.learningRate[0];
    const momentum = Float32Array.from(
      values.momentum,
      (old, i) => keep * old + (1 - keep) * values.gradient[i],
    );
    const direction = Float64Array.from(momentum, (value, i) =>
      nesterov ? (1 - keep) * values.gradient[i] + keep * value : value,
    );
    const scale = muonScale(direction.length, outputs);
    const step = orthogonalized(direction, outputs, steps);
    const kept = fixedNorm
      ? Math.sqrt(outputs) / (normOf(values.parameter) + SMALLEST_NORM)
      : 1 - rate * weightDecay;
    const parameter = Float32Array.from(
      values.parameter,
      (value, i) => value * kept - rate * scale * step[i],
    );
    return { parameter, momentum };
  },
  // What is small in the direction grows by a^steps, and rounding with it.
  tolerance: 1e-5,
});

/** √max(1, out/in) of a matrix of so many numbers. */
export function muonScale(numbers: number, outputs: number): number {
  return Math.sqrt(Math.max(1, outputs / (numbers / outputs)));
}

// --- internal ---

function normOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}

/** O(d) of a matrix of `columns` columns. */
function orthogonalized(direction: Float64Array, columns: number, steps: number): Float64Array {
  const { a, b, c, epsilon } = NEWTON_SCHULZ;
  const rows = direction.length / columns;
  const norm = normOf(direction);
  let x = direction.map((value) => value / (norm + epsilon));
  for (let step = 0; step < steps; step++) {
    // By rows or by columns, the iteration is the same: by those that are fewer.
    const isWide = rows <= columns;
    const turned = transposed(x, rows, columns);
    const gram = isWide
      ? product(x, turned, rows, columns, rows)
      : product(turned, x, columns, rows, columns);
    const side = Math.min(rows, columns);
    const square = product(gram, gram, side, side, side);
    const factor = gram.map((value, i) => b * value + c * square[i]);
    const moved = isWide
      ? product(factor, x, rows, rows, columns)
      : product(x, factor, rows, columns, columns);
    x = x.map((value, i) => a * value + moved[i]);
  }
  return x;
}

function transposed(x: Float64Array, rows: number, columns: number): Float64Array {
  return x.map((_, i) => x[(i % rows) * columns + Math.floor(i / rows)]);
}

/** [m,k]·[k,n]. */
function product(x: Float64Array, y: Float64Array, m: number, k: number, n: number): Float64Array {
  const out = new Float64Array(m * n);
  for (let row = 0; row < m; row++)
    for (let i = 0; i < k; i++) {
      const value = x[row * k + i];
      for (let column = 0; column < n; column++) out[row * n + column] += value * y[i * n + column];
    }
  return out;
}

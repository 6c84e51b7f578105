/** Eigenvalues, largest first, and the eigenvectors of length 1 that belong to them, each as a row. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: readonly Float64Array[];
}

/** Sweeps of rotations; small matrices need five to ten. */
const MOST_SWEEPS = 60;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix by Jacobi's rotations (Golub and Van Loan 2013, section 8.5): as
 * exact as its numbers, and quick where it is small. The largest component of an eigenvector is positive, so that the
 * same matrix gives the same vectors.
 *
 * @param matrix n×n, a row after another; the half above its diagonal is read
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => matrix[Math.min(i, j) * n + Math.max(i, j)]),
  );
  const v = Array.from({ length: n }, (_, i) => Float64Array.from({ length: n }, (_, j) => Number(i === j)));
  for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
    let isDone = true;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        // What no longer changes the diagonal is nothing.
        if (Math.abs(a[p][q]) <= Number.EPSILON * Math.sqrt(Math.abs(a[p][p] * a[q][q]))) continue;
        isDone = false;
        rotate(a, v, p, q);
      }
    }
    if (isDone) break;
  }
  const order = a.map((_, i) => i).sort((i, j) => a[j][j] - a[i][i] || i - j);
  return { values: Float64Array.from(order, (i) => a[i][i]), vectors: order.map((i) => signed(v[i])) };
}

// --- internal ---

/** Turns the plane of p and q so that a[p][q] becomes 0, and the rows of `v` with it. */
function rotate(a: Float64Array[], v: Float64Array[], p: number, q: number): void {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const cosine = 1 / Math.hypot(t, 1);
  const sine = t * cosine;
  for (const row of a) {
    const [x, y] = [row[p], row[q]];
    row[p] = cosine * x - sine * y;
    row[q] = sine * x + cosine * y;
  }
  turnRows(a, p, q, cosine, sine);
  turnRows(v, p, q, cosine, sine);
}

function turnRows(rows: Float64Array[], p: number, q: number, cosine: number, sine: number): void {
  const [first, second] = [rows[p], rows[q]];
  for (let i = 0; i < first.length; i++) {
    const [x, y] = [first[i], second[i]];
    first[i] = cosine * x - sine * y;
    second[i] = sine * x + cosine * y;
  }
}

function signed(vector: Float64Array): Float64Array {
  const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
  return largest < 0 ? vector.map((x) => -x) : vector;
}

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { symmetricEigen } from './symmetric-eigen.js';

describe('eigenvalues of a symmetric matrix', () => {
  it('are those of a matrix that is worked out by hand', () => {
    const { values, vectors } = symmetricEigen(Float64Array.of(2, 1, 1, 2), 2);
    expect([...values]).toEqual([expect.closeTo(3, 14), expect.closeTo(1, 14)]);
    const half = expect.closeTo(Math.SQRT1_2, 14) as number;
    expect([...vectors[0]]).toEqual([half, half]);
    expect(Math.abs(vectors[1][0] + vectors[1][1])).toBeLessThan(1e-14);
  });

  it('of a diagonal, and of nothing but zeros', () => {
    expect([...symmetricEigen(Float64Array.of(1, 0, 0, 0, 5, 0, 0, 0, 3), 3).values]).toEqual([5, 3, 1]);
    expect(symmetricEigen(new Float64Array(4), 2).vectors.map((row) => [...row])).toEqual([
      [1, 0],
      [0, 1],
    ]);
  });

  it('make the matrix again, with vectors at right angles', () => {
    const square = fc
      .integer({ min: 1, max: 9 })
      .chain((n) =>
        fc.tuple(
          fc.constant(n),
          fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: n * n, maxLength: n * n }),
        ),
      );
    fc.assert(
      fc.property(square, ([n, numbers]) => {
        const at = (i: number, j: number) => numbers[Math.min(i, j) * n + Math.max(i, j)];
        const { values, vectors } = symmetricEigen(Float64Array.from(numbers), n);
        for (let i = 0; i < n; i++) {
          for (let j = 0; j < n; j++) {
            const made = vectors.reduce((sum, row, k) => sum + values[k] * row[i] * row[j], 0);
            expect(made).toBeCloseTo(at(i, j), 10);
            const product = vectors[i].reduce((sum, x, k) => sum + x * vectors[j][k], 0);
            expect(product).toBeCloseTo(Number(i === j), 12);
          }
          if (i > 0) expect(values[i]).toBeLessThanOrEqual(values[i - 1]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

// The inner loops of matrix multiplication: C[h, 8] (+)= A[h, K] · B[K, 8], the accumulators in
// registers. 6 rows × 8 columns is the fastest tile on 16 vector registers: 12 accumulators, two
// vectors of B, and one value of A broadcast. B comes packed in panels of 8 columns (see gemm.ts).
const range = (n) => [...Array(n).keys()];
const each = (n, text, glue = '\n') => range(n).map(text).join(glue);

const HEIGHTS = [6, 4, 2, 1];
/** Steps of k per turn of the loop. */
const UNROLL = 4;

function strip(height) {
  const accumulate = (k) => `{
    const b0 = v128.load(b, ${k * 32}), b1 = v128.load(b, ${k * 32 + 16});
    ${each(height, (i) => `{ const a = v128.load32_splat(a${i}, ${k * 4}); c${i}0 = fma(a, b0, c${i}0); c${i}1 = fma(a, b1, c${i}1); }`)}
  }`;
  const finish = (i) => `{
    const q = c + ${i} * ldc;
    let u = c${i}0, v = c${i}1;
    if (add) { u = f32x4.add(u, v128.load(q)); v = f32x4.add(v, v128.load(q, 16)); }
    if (bias) { u = f32x4.add(u, v128.load(bias)); v = f32x4.add(v, v128.load(bias, 16)); }
    // In this order NaN stays NaN, so that a run that diverged is seen.
    if (relu) { u = f32x4.pmax(u, z); v = f32x4.pmax(v, z); }
    if (width >= 8) { v128.store(q, u); v128.store(q, v, 16); }
    else { storePart(q, u, width); storePart(q + 16, v, width - 4); }
  }`;
  return `
function strip${height}(a: usize, lda: i32, b: usize, c: usize, ldc: i32, count: i32, width: i32, add: i32, bias: usize, relu: i32): void {
  const z = f32x4.splat(0);
  let a0 = a;
  ${each(height - 1, (i) => `let a${i + 1} = a${i} + lda;`)}
  ${each(height, (i) => `let c${i}0 = z, c${i}1 = z;`)}
  let k = count;
  for (; k >= ${UNROLL}; k -= ${UNROLL}) {
    ${each(UNROLL, accumulate)}
    ${each(height, (i) => `a${i} += ${UNROLL * 4};`, ' ')} b += ${UNROLL * 32};
  }
  for (; k > 0; k--) { ${accumulate(0)} ${each(height, (i) => `a${i} += 4;`, ' ')} b += 32; }
  ${each(height, finish)}
}`;
}

export const generate = () => `import { fma, storePart } from './common';
${HEIGHTS.map(strip).join('\n')}

// C[rows, width] (+)= A[rows, count] · panel, width at most 8; then + bias and relu where asked.
// Every element is the same sum in the same order, whatever the height of the strip it falls into.
export function panel(a: usize, lda: i32, rows: i32, b: usize, c: usize, ldc: i32, count: i32, width: i32, add: i32, bias: usize, relu: i32): void {
  let m = 0;
  ${HEIGHTS.map((h) => `for (; m + ${h} <= rows; m += ${h}) strip${h}(a + m * lda, lda, b, c + m * ldc, ldc, count, width, add, bias, relu);`).join('\n  ')}
}
`;

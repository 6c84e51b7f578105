// The inner loops of matrix multiplication: C[h, 8] (+)= A[h, K] · B[K, 8], the accumulators in
// registers. 6 rows × 8 columns is the fastest tile on 16 vector registers: 12 accumulators, two
// vectors of B, and one value of A broadcast. B comes packed in panels of 8 columns (see packing.ts).
import { each, range } from '../repeat.mjs';

const HEIGHTS = [6, 4, 2, 1];
/** Steps of k per turn of the loop. */
const UNROLL = 1;

function strip(height) {
  const accumulate = (k) => `{
    const b0 = v128.load(b, ${k * 32}), b1 = v128.load(b, ${k * 32 + 16});
    ${each(range(height), (i) => `{ const a = v128.load32_splat(a${i}, ${k * 4}); c${i}0 = fma(a, b0, c${i}0); c${i}1 = fma(a, b1, c${i}1); }`)}
  }`;
  const row = (i, text) => `{ const q = c + ${i} * ldc; ${text} }`;
  const addTo = (i, v) => `v128.store(q, f32x4.add(c${i}${v}, v128.load(q, ${16 * v})), ${16 * v});`;
  return `
function strip${height}(a: usize, lda: i32, b: usize, c: usize, ldc: i32, count: i32, width: i32, add: i32): void {
  const z = f32x4.splat(0);
  let a0 = a;
  ${each(range(height - 1), (i) => `let a${i + 1} = a${i} + lda;`)}
  ${each(range(height), (i) => `let c${i}0 = z, c${i}1 = z;`)}
  let k = count;
  for (; k >= ${UNROLL}; k -= ${UNROLL}) {
    ${each(range(UNROLL), accumulate)}
    ${each(range(height), (i) => `a${i} += ${UNROLL * 4};`, ' ')} b += ${UNROLL * 32};
  }
  for (; k > 0; k--) { ${accumulate(0)} ${each(range(height), (i) => `a${i} += 4;`, ' ')} b += 32; }
  // One branch for all rows: a branch for each keeps the accumulators in memory during the loop (V8).
  if (width >= 8) {
    if (add) { ${each(range(height), (i) => row(i, addTo(i, 0) + addTo(i, 1)))} }
    else { ${each(range(height), (i) => row(i, `v128.store(q, c${i}0); v128.store(q, c${i}1, 16);`))} }
  } else {
    ${each(range(height), (i) => row(i, `storePart(q, c${i}0, width, add); storePart(q + 16, c${i}1, width - 4, add);`))}
  }
}`;
}

export const generate = () => `import { fma } from './primitives';

// The first w lanes of v (w at most 4), added to what is there if \`add\`.
function storePart(q: usize, v: v128, w: i32, add: i32): void {
  if (w <= 0) return;
  if (w >= 4) { v128.store(q, add ? f32x4.add(v, v128.load(q)) : v); return; }
  store<f32>(q, f32x4.extract_lane(v, 0) + (add ? load<f32>(q) : 0));
  if (w > 1) store<f32>(q, f32x4.extract_lane(v, 1) + (add ? load<f32>(q, 4) : 0), 4);
  if (w > 2) store<f32>(q, f32x4.extract_lane(v, 2) + (add ? load<f32>(q, 8) : 0), 8);
}
${HEIGHTS.map(strip).join('\n')}

// C[rows, width] (+)= A[rows, count] · panel, width at most 8.
// Every element is the same sum in the same order, whatever the height of the strip it falls into.
export function panel(a: usize, lda: i32, rows: i32, b: usize, c: usize, ldc: i32, count: i32, width: i32, add: i32): void {
  let m = 0;
  ${HEIGHTS.map((h) => `for (; m + ${h} <= rows; m += ${h}) strip${h}(a + m * lda, lda, b, c + m * ldc, ldc, count, width, add);`).join('\n  ')}
}
`;

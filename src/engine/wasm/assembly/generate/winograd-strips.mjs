// The inner loops of Winograd's convolution: products of 6 rows × 8 columns in one piece, the accumulators
// in registers (see gemm-strips.mjs). What is multiplied was written for it, so one pointer reaches all
// rows of A. One step of k a turn: V8 moves all loads of a turn to its beginning, and with those of two
// the accumulators no longer fit into the registers.
import { each, range } from '../repeat.mjs';

/** Bytes from tile to tile in a group (ROW_BYTES of winograd.ts). */
const ROW_BYTES = 656;

/** Value i of A at a step lies `offsetOf(i)` bytes after `a`, which goes on by `step`. */
const sums = (offsetOf, step) => `
  const z = f32x4.splat(0);
  ${each(range(6), (i) => `let c${i}0 = z, c${i}1 = z;`)}
  const end = a + count * ${step};
  for (; a != end; a += ${step}, b += 32) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    ${each(range(6), (i) => `{ const v = v128.load32_splat(a, ${offsetOf(i)}); c${i}0 = fma(v, b0, c${i}0); c${i}1 = fma(v, b1, c${i}1); }`)}
  }`;

const storeAll = (text) =>
  each(range(6), (i) =>
    each(range(2), (v) => {
      const at = i * 32 + v * 16;
      return `v128.store(c, ${text(`c${i}${v}`, at)}, ${at});`;
    }),
  );

export const generate = () => `import { fma } from './primitives';

// C[6, 8] (+)= A[6, count] · B[count, 8], ${ROW_BYTES} bytes from row to row of A.
export function multiplyTiles(a: usize, b: usize, c: usize, count: i32, add: i32): void {
  ${sums((i) => i * ROW_BYTES, 4)}
  if (add) { ${storeAll((v, at) => `f32x4.add(${v}, v128.load(c, ${at}))`)} }
  else { ${storeAll((v) => v)} }
}

// C[6, 8] = A[count, 6]ᵀ · B[count, 8], 48 bytes from row to row of A.
export function multiplyOuter(a: usize, b: usize, c: usize, count: i32): void {
  ${sums((i) => i * 4, 48)}
  ${storeAll((v) => v)}
}
`;

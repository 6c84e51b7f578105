// Matrix multiplication.
import { addRows } from './addend';
import { imin, nextItem, storePart, touch } from './primitives';
import { panel } from './gemm-strips';
import { PANEL } from './packing';
import { In, Out } from './roles';

/** Rows of B that are used before going on: panel and strip of A stay in the first cache. */
export const BLOCK_K: i32 = 256;

/** C = relu?(C + bias?): apart from the products, whose inner loops have no register to spare. */
export function finish(c: usize, ldc: i32, rows: i32, n: i32, bias: usize, relu: i32): void {
  if (!bias && !relu) return;
  const z = f32x4.splat(0);
  for (let row = 0; row < rows; row++, c += ldc) {
    for (let j = 0; j < n; j += 4) {
      let v = v128.load(c + j * 4);
      if (bias) v = f32x4.add(v, v128.load(bias + j * 4));
      // In this order NaN stays NaN, so that a run that diverged is seen.
      if (relu) v = f32x4.pmax(v, z);
      storePart(c + j * 4, v, n - j);
    }
  }
}

/** C[rows, n] (+)= A[rows, count] · panels; `total` rows of B in a panel, `at` the first to be used. */
export function multiply(
  a: usize,
  lda: i32,
  rows: i32,
  packed: usize,
  total: i32,
  at: i32,
  count: i32,
  c: usize,
  ldc: i32,
  n: i32,
  add: i32,
): void {
  for (let j = 0; j < n; j += PANEL) {
    const b = packed + (j * total + at * PANEL) * 4;
    panel(a, lda, rows, b, c + j * 4, ldc, count, imin(PANEL, n - j), add);
  }
}

/**
 * `batches` products C[M,N] = relu?(A[M,K] · B[K,N] + bias?), B packed; strides between the matrices
 * in bytes (0: the same for all). With an `addend` C is that of one product, its rows are the places of maps of
 * mapH×mapW, and the addend's are added to them (see addend.ts).
 * Items: batches × blocks of `blockM` rows × blocks of `blockN` columns.
 */
export function gemm(
  tid: i32,
  items: i32,
  a: In,
  lda: i32,
  packed: In,
  c: Out,
  ldc: i32,
  m: i32,
  n: i32,
  k: i32,
  blockM: i32,
  blockN: i32,
  bias: In,
  relu: i32,
  strideA: i32,
  strideB: i32,
  strideC: i32,
  addend: In,
  mapH: i32,
  mapW: i32,
  shift: i32,
): void {
  const blocksN = (n + blockN - 1) / blockN;
  const blocks = blocksN * ((m + blockM - 1) / blockM);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const batch = item / blocks,
      block = item - batch * blocks;
    const m0 = (block / blocksN) * blockM,
      n0 = (block % blocksN) * blockN;
    const rows = imin(blockM, m - m0),
      columns = imin(blockN, n - n0);
    const from = a + batch * strideA + m0 * lda,
      panels = packed + batch * strideB + n0 * k * 4,
      to = c + batch * strideC + m0 * ldc + n0 * 4;
    if (k >= n) touch(tid, from, rows * lda);
    for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
      const count = imin(BLOCK_K, k - k0);
      multiply(from + k0 * 4, lda, rows, panels, k, k0, count, to, ldc, columns, i32(k0 > 0));
    }
    finish(to, ldc, rows, columns, bias ? bias + n0 * 4 : 0, relu);
    if (addend) addRows(to, ldc, m0, rows, columns, addend + n0 * 4, n, mapH, mapW, shift);
  }
}

// Products of many small matrices: one thread does all of a product, and what it packs stays in its cache.
import { imin, nextItem } from './primitives';
import { BLOCK_K, finish, multiply } from './gemm';
import { PANEL, packRows, packTransposed, transpose } from './packing';
import { In, Out, Scratch } from './roles';

/** B [k, n], or [n, k] if `transposed`, into panels of 8 columns. */
function packAll(b: usize, to: usize, k: i32, n: i32, transposed: i32): void {
  for (let j = 0; j < n; j += PANEL) {
    const width = imin(PANEL, n - j),
      panel = to + j * k * 4;
    if (transposed) packTransposed(b + j * k * 4, k * 4, panel, k, width);
    else packRows(b + j * 4, n * 4, panel, k, width);
  }
}

/**
 * `batches` products C[m, n] = relu?(A · B + bias?) with A [m, k] or [k, m], B [k, n] or [n, k]; strides between
 * the matrices in bytes (0: the same for all). Items: blocks of `perItem` products. Scratch a thread: packed B,
 * then A turned.
 */
export function smallGemm(
  tid: i32,
  items: i32,
  a: In,
  b: In,
  c: Out,
  batches: i32,
  m: i32,
  n: i32,
  k: i32,
  transposedA: i32,
  transposedB: i32,
  strideA: i32,
  strideB: i32,
  bias: In,
  relu: i32,
  perItem: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const packed = scratch + tid * scratchStride,
    turned = packed + ((n + PANEL - 1) & ~(PANEL - 1)) * k * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * perItem,
      end = imin(batches, first + perItem);
    for (let batch = first; batch < end; batch++) {
      let rows = a + batch * strideA;
      const to = c + batch * m * n * 4;
      if (batch == first || strideB) packAll(b + batch * strideB, packed, k, n, transposedB);
      if (transposedA) {
        if (batch == first || strideA) transpose(rows, m * 4, turned, k * 4, k, m);
        rows = turned;
      }
      for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
        const count = imin(BLOCK_K, k - k0);
        multiply(rows + k0 * 4, k * 4, m, packed, k, k0, count, to, n * 4, n, i32(k0 > 0));
      }
      finish(to, n * 4, m, n, bias, relu);
    }
  }
}

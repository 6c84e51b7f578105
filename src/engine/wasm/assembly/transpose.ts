// Transposition of many matrices that lie within tensors of 4-byte values.
import { imin, nextItem } from './primitives';
import { transpose } from './packing';
import { In, Out } from './roles';

/**
 * Matrices [rows, columns], their rows `fromStride` bytes apart, turned into [columns, rows] with rows `toStride` bytes
 * apart. They stand along three axes of `n0`, `n1` and `n2` places; from one place to the next it is `s` values in
 * `from` and `t` values in `to`. Items: blocks of `perItem` of the matrices × blocks of `blockRows` rows.
 */
export function transposeBlocks(
  _tid: i32,
  items: i32,
  from: In,
  to: Out,
  n0: i32,
  s0: i32,
  t0: i32,
  n1: i32,
  s1: i32,
  t1: i32,
  n2: i32,
  s2: i32,
  t2: i32,
  rows: i32,
  columns: i32,
  fromStride: i32,
  toStride: i32,
  blockRows: i32,
  perItem: i32,
): void {
  const blocks = (rows + blockRows - 1) / blockRows;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(n0 * n1 * n2 * blocks, (item + 1) * perItem);
    for (let n = item * perItem; n < end; n++) {
      const matrix = n / blocks,
        first = (n - matrix * blocks) * blockRows;
      const a = matrix / n2,
        k = matrix - a * n2,
        i = a / n1,
        j = a - i * n1;
      const p = from + <usize>(i * s0 + j * s1 + k * s2) * 4 + first * fromStride,
        q = to + <usize>(i * t0 + j * t1 + k * t2 + first) * 4;
      transpose(p, fromStride, q, toStride, imin(blockRows, rows - first), columns);
    }
  }
}

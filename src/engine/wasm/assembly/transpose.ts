// Transposition of many matrices that lie within tensors of 4-byte values.
import { imin, nextItem } from './common';
import { transpose } from './gemm';

/**
 * For each pair of places (from, to) in `pairs`: the matrix [rows, columns] at `from`, its rows `fromStride` bytes
 * apart, turned into [columns, rows] at `to`, `toStride` bytes apart. Items: blocks of `perItem` of the pairs ×
 * `blocks` blocks of `blockRows` rows.
 */
export function transposeBlocks(
  _tid: i32,
  items: i32,
  from: usize,
  to: usize,
  pairs: usize,
  count: i32,
  rows: i32,
  columns: i32,
  fromStride: i32,
  toStride: i32,
  blockRows: i32,
  perItem: i32,
): void {
  const blocks = (rows + blockRows - 1) / blockRows;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count * blocks, (item + 1) * perItem);
    for (let n = item * perItem; n < end; n++) {
      const pair = n / blocks,
        first = (n - pair * blocks) * blockRows;
      const p = from + load<i32>(pairs + pair * 8) * 4 + first * fromStride,
        q = to + (load<i32>(pairs + pair * 8, 4) + first) * 4;
      transpose(p, fromStride, q, toStride, imin(blockRows, rows - first), columns);
    }
  }
}

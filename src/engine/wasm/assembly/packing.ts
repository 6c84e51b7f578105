// What is multiplied is brought into the order in which the products read it: panels of B, A turned.
import { imin, nextItem } from './primitives';
import { In, Out } from './roles';

/** Columns of B that stand together: panel p holds columns 8p … 8p + 7, row by row, padded with zeros. */
export const PANEL: i32 = 8;

/**
 * Packs rows [0, rows) of B into panels, at row `first` of panels of `total` rows.
 * B is [rows, columns] with `ldb` bytes a row, or [columns, rows] if `transposed`. Items: panels.
 */
export function packPanels(
  _tid: i32,
  items: i32,
  b: In,
  ldb: i32,
  packed: Out,
  rows: i32,
  columns: i32,
  transposed: i32,
  first: i32,
  total: i32,
): void {
  for (let p = nextItem(); p < items; p = nextItem()) {
    const n = p * PANEL;
    const to = packed + (p * total + first) * 32;
    const width = imin(PANEL, columns - n);
    if (transposed) packTransposed(b + n * ldb, ldb, to, rows, width);
    else packRows(b + n * 4, ldb, to, rows, width);
  }
}

/** Copies [rows, width] to rows of 8, padded with zeros. */
export function packRows(from: usize, stride: i32, to: usize, rows: i32, width: i32): void {
  if (width == PANEL) {
    for (let k = 0; k < rows; k++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += stride;
      to += 32;
    }
    return;
  }
  for (let k = 0; k < rows; k++) {
    for (let j = 0; j < PANEL; j++) store<f32>(to + j * 4, j < width ? load<f32>(from + j * 4) : 0);
    from += stride;
    to += 32;
  }
}

/** Copies [width, rows] to [rows, 8], padded with zeros. */
export function packTransposed(from: usize, stride: i32, to: usize, rows: i32, width: i32): void {
  if (width < PANEL) {
    for (let k = 0; k < rows; k++, to += 32) {
      for (let j = 0; j < PANEL; j++)
        store<f32>(to + j * 4, j < width ? load<f32>(from + j * stride + k * 4) : 0);
    }
    return;
  }
  transpose4(from, stride, to, 32, rows);
  transpose4(from + 4 * stride, stride, to + 16, 32, rows);
}

/** Transposes 4 rows of `count` values, `stride` bytes apart, to `count` rows of 4 values. */
function transpose4(from: usize, stride: i32, to: usize, toStride: i32, count: i32): void {
  const s1 = from + stride,
    s2 = s1 + stride,
    s3 = s2 + stride;
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const o = k * 4;
    const a = v128.load(from + o),
      b = v128.load(s1 + o),
      c = v128.load(s2 + o),
      d = v128.load(s3 + o);
    const p = v128.shuffle<f32>(a, b, 0, 4, 1, 5),
      q = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const r = v128.shuffle<f32>(a, b, 2, 6, 3, 7),
      t = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(p, q, 0, 1, 4, 5));
    to += toStride;
    v128.store(to, v128.shuffle<f32>(p, q, 2, 3, 6, 7));
    to += toStride;
    v128.store(to, v128.shuffle<f32>(r, t, 0, 1, 4, 5));
    to += toStride;
    v128.store(to, v128.shuffle<f32>(r, t, 2, 3, 6, 7));
    to += toStride;
  }
  for (; k < count; k++) {
    store<f32>(to, load<f32>(from + k * 4));
    store<f32>(to, load<f32>(s1 + k * 4), 4);
    store<f32>(to, load<f32>(s2 + k * 4), 8);
    store<f32>(to, load<f32>(s3 + k * 4), 12);
    to += toStride;
  }
}

/** Transposes [rows, columns] to [columns, rows]; both strides in bytes. */
export function transpose(from: usize, stride: i32, to: usize, toStride: i32, rows: i32, columns: i32): void {
  let m = 0;
  for (; m + 4 <= rows; m += 4) transpose4(from + m * stride, stride, to + m * 4, toStride, columns);
  for (; m < rows; m++) {
    for (let k = 0; k < columns; k++)
      store<f32>(to + k * toStride + m * 4, load<f32>(from + m * stride + k * 4));
  }
}

/** Transposes `items` matrices [rows, columns] that stand one behind the other. */
export function transposeMatrices(_tid: i32, items: i32, from: In, to: Out, rows: i32, columns: i32): void {
  const size = rows * columns * 4;
  for (let i = nextItem(); i < items; i = nextItem()) {
    transpose(from + i * size, columns * 4, to + i * size, rows * 4, rows, columns);
  }
}

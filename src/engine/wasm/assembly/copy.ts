// Copies of parts of tensors whose values have 4 bytes.
import { imin, nextItem, storePart } from './primitives';
import { In, Out } from './roles';

/** Copies `size` bytes, a multiple of 4, and writes nothing behind them. */
function copyRun(from: usize, to: usize, size: i32): void {
  if (size >= 1024) {
    memory.copy(to, from, size);
    return;
  }
  let i = 0;
  for (; i + 16 <= size; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < size; i += 4) store<i32>(to + i, load<i32>(from + i));
}

function fillRun(to: usize, value: i32, size: i32): void {
  let i = 0;
  const v = i32x4.splat(value);
  for (; i + 16 <= size; i += 16) v128.store(to + i, v);
  for (; i < size; i += 4) store<i32>(to + i, value);
}

/** Fills `count` values. Items: blocks of 16384 values. */
export function fillValue(_tid: i32, items: i32, to: Out, count: i32, value: i32): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * 16384;
    fillRun(to + first * 4, value, imin(16384, count - first) * 4);
  }
}

/** Copies rows of `size` bytes that stand `fromStride` and `toStride` bytes apart. Items: blocks of rows. */
export function copyRows(
  _tid: i32,
  items: i32,
  from: In,
  fromStride: i32,
  to: Out,
  toStride: i32,
  size: i32,
  rows: i32,
  blockRows: i32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      copyRun(from + row * fromStride, to + row * toStride, size);
    }
  }
}

/**
 * to[i, j, k, …] = from[t0[i] + t1[j] + t2[k] + …], or `fill` where a table holds −1. The tables of the three
 * leading axes stand one behind the other. Along the last axis there are `before` bytes of fill, `size` bytes that
 * stand together, and `after` bytes of fill; or, where `inner` is given, a table of `size` / 4 places.
 * Items: blocks of rows of the last axis.
 */
export function indexedCopy(
  _tid: i32,
  items: i32,
  from: In,
  to: Out,
  tables: In,
  inner: In,
  n0: i32,
  n1: i32,
  n2: i32,
  before: i32,
  size: i32,
  after: i32,
  fill: i32,
  blockRows: i32,
): void {
  const t1 = tables + n0 * 4,
    t2 = t1 + n1 * 4;
  const rowSize = before + size + after;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * blockRows,
      end = imin(n0 * n1 * n2, first + blockRows);
    let k = first % n2,
      j = (first / n2) % n1,
      i = first / (n1 * n2);
    for (let row = first; row < end; row++) {
      const o = to + row * rowSize;
      const a = load<i32>(tables + i * 4),
        b = load<i32>(t1 + j * 4),
        c = load<i32>(t2 + k * 4);
      if ((a | b | c) < 0) {
        fillRun(o, fill, rowSize);
      } else {
        const p = from + (a + b + c) * 4;
        if (inner) {
          for (let n = 0; n < size; n += 4) {
            const place = load<i32>(inner + n);
            store<i32>(o + n, place < 0 ? fill : load<i32>(p + place * 4));
          }
        } else {
          if (before) fillRun(o, fill, before);
          copyRun(p, o + before, size);
          if (after) fillRun(o + before + size, fill, after);
        }
      }
      if (++k == n2) {
        k = 0;
        if (++j == n1) {
          j = 0;
          i++;
        }
      }
    }
  }
}

/**
 * The adjoint: to[i, j, k, …] = Σ over the places a of list i, b of list j, c of list k of from[a + b + c + …].
 * The lists of an axis of n places are n + 1 beginnings, then the places that they are made of; one axis stands
 * behind the other, at `lists`, `lists1` and `lists2`. Items: blocks of rows of the last axis, of `size` bytes.
 */
export function indexedSum(
  _tid: i32,
  items: i32,
  from: In,
  to: Out,
  lists: In,
  lists1: In,
  lists2: In,
  n0: i32,
  n1: i32,
  n2: i32,
  size: i32,
  blockRows: i32,
): void {
  const p0 = lists + (n0 + 1) * 4,
    p1 = lists1 + (n1 + 1) * 4,
    p2 = lists2 + (n2 + 1) * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * blockRows,
      end = imin(n0 * n1 * n2, first + blockRows);
    for (let row = first; row < end; row++) {
      const k = row % n2,
        j = (row / n2) % n1,
        i = row / (n1 * n2);
      const b0 = load<i32>(lists + i * 4),
        e0 = load<i32>(lists + i * 4, 4),
        b1 = load<i32>(lists1 + j * 4),
        e1 = load<i32>(lists1 + j * 4, 4),
        b2 = load<i32>(lists2 + k * 4),
        e2 = load<i32>(lists2 + k * 4, 4);
      const o = to + row * size;
      for (let n = 0; n < size; n += 16) {
        let sum = f32x4.splat(0);
        for (let a = b0; a < e0; a++) {
          for (let b = b1; b < e1; b++) {
            const p = from + (load<i32>(p0 + a * 4) + load<i32>(p1 + b * 4)) * 4 + n;
            for (let c = b2; c < e2; c++) sum = f32x4.add(sum, v128.load(p + load<i32>(p2 + c * 4) * 4));
          }
        }
        storePart(o + n, sum, (size - n) >> 2);
      }
    }
  }
}

/**
 * Rows of `size` bytes by number: to[b, i] = from[b, indices[i]], NaN where there is no such row of the `rows`.
 * Items: blocks of `blockRows` of the batches × count rows.
 */
export function gatherRows(
  _tid: i32,
  items: i32,
  from: In,
  indices: In,
  to: Out,
  batches: i32,
  rows: i32,
  count: i32,
  size: i32,
  blockRows: i32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(batches * count, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const b = row / count,
        index = load<i32>(indices + (row - b * count) * 4);
      const o = to + row * size;
      if (<u32>index < <u32>rows) copyRun(from + (b * rows + index) * size, o, size);
      else fillRun(o, 0x7fc00000, size);
    }
  }
}

/**
 * to[s] = Σ over the rows i with ids[i] = s of from[i], in their order; other ids count nowhere.
 * Items: shares of the `segments` rows of the result.
 */
export function segmentSum(
  _tid: i32,
  items: i32,
  from: In,
  ids: In,
  to: Out,
  rows: i32,
  segments: i32,
  size: i32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = <i32>((<i64>segments * item) / items),
      end = <i32>((<i64>segments * (item + 1)) / items);
    memory.fill(to + first * size, 0, (end - first) * size);
    for (let row = 0; row < rows; row++) {
      const id = load<i32>(ids + row * 4);
      if (id < first || id >= end) continue;
      const p = from + row * size,
        q = to + id * size;
      let c = 0;
      for (; c + 16 <= size; c += 16) v128.store(q + c, f32x4.add(v128.load(q + c), v128.load(p + c)));
      for (; c < size; c += 4) store<f32>(q + c, load<f32>(q + c) + load<f32>(p + c));
    }
  }
}

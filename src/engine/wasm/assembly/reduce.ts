// Sums over an axis, and what squeeze-and-excitation is made of.
import { fma, imax, imin, nextItem, storePart, sumLanes, touch } from './primitives';
import { In, Out } from './roles';

/** Rows that are summed in registers before the sum is added to the one in memory: keeps rounding small. */
const BLOCK_ROWS: i32 = 64;

/** Adds rows [first, end) of a matrix of `size` bytes a row to `to`. */
function addRows(tid: i32, from: usize, size: i32, first: i32, end: i32, to: usize): void {
  const rowsAtOnce = imax(8, imin(BLOCK_ROWS, 16384 / size));
  for (let block = first; block < end; block += rowsAtOnce) {
    const last = imin(end, block + rowsAtOnce);
    touch(tid, from + block * size, (last - block) * size);
    let c = 0;
    for (; c + 64 <= size; c += 64) {
      let p = from + block * size + c;
      let a = f32x4.splat(0),
        b = a,
        d = a,
        e = a;
      for (let row = block; row < last; row++) {
        a = f32x4.add(a, v128.load(p));
        b = f32x4.add(b, v128.load(p, 16));
        d = f32x4.add(d, v128.load(p, 32));
        e = f32x4.add(e, v128.load(p, 48));
        p += size;
      }
      const q = to + c;
      v128.store(q, f32x4.add(v128.load(q), a));
      v128.store(q, f32x4.add(v128.load(q, 16), b), 16);
      v128.store(q, f32x4.add(v128.load(q, 32), d), 32);
      v128.store(q, f32x4.add(v128.load(q, 48), e), 48);
    }
    for (; c < size; c += 16) {
      let p = from + block * size + c;
      let a = f32x4.splat(0);
      for (let row = block; row < last; row++) {
        a = f32x4.add(a, v128.load(p));
        p += size;
      }
      const q = to + c;
      storePart(q, f32x4.add(v128.load(q), a), (size - c) >> 2);
    }
  }
}

/** Σ of `count` values standing one behind the other. */
function sumOf(from: usize, count: i32): f32 {
  let total: f32 = 0;
  for (let block = 0; block < count; block += 4096) {
    const end = imin(count, block + 4096);
    let a = f32x4.splat(0),
      b = a;
    let i = block;
    for (; i + 8 <= end; i += 8) {
      a = f32x4.add(a, v128.load(from + i * 4));
      b = f32x4.add(b, v128.load(from + i * 4, 16));
    }
    let sum = sumLanes(f32x4.add(a, b));
    for (; i < end; i++) sum += load<f32>(from + i * 4);
    total += sum;
  }
  return total;
}

/**
 * [outer, rows, inner] → [outer, slices, inner]: slice s sums its share of the rows, times `factor`.
 * Items: blocks of `perItem` of the outer × slices sums. The number of slices depends on the shape alone.
 */
export function sumRows(
  tid: i32,
  items: i32,
  from: In,
  to: Out,
  sums: i32,
  rows: i32,
  inner: i32,
  slices: i32,
  factor: f32,
  perItem: i32,
): void {
  const size = inner * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const last = imin(sums, (item + 1) * perItem);
    for (let n = item * perItem; n < last; n++) {
      const outer = n / slices,
        slice = n - outer * slices;
      const first = <i32>((<i64>rows * slice) / slices),
        end = <i32>((<i64>rows * (slice + 1)) / slices);
      const source = from + outer * rows * size,
        o = to + n * size;
      if (inner == 1) {
        store<f32>(o, sumOf(source + first * 4, end - first) * factor);
        continue;
      }
      memory.fill(o, 0, size);
      addRows(tid, source, size, first, end, o);
      if (factor != 1) for (let c = 0; c < inner; c++) store<f32>(o + c * 4, load<f32>(o + c * 4) * factor);
    }
  }
}

/** The larger (or smaller) value of each lane; NaN wins. */
function extreme4(a: v128, b: v128, isMax: i32): v128 {
  return isMax ? f32x4.max(a, b) : f32x4.min(a, b);
}

/**
 * [outer, rows, inner] → [outer, inner]: the largest value, or the smallest if not `isMax`; NaN wins.
 * Items: blocks of `perItem` of the outer ones.
 */
export function extremeRows(
  tid: i32,
  items: i32,
  from: In,
  to: Out,
  outer: i32,
  rows: i32,
  inner: i32,
  isMax: i32,
  perItem: i32,
): void {
  const size = inner * 4,
    start = f32x4.splat(isMax ? -Infinity : Infinity);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(outer, (item + 1) * perItem);
    for (let n = item * perItem; n < end; n++) {
      const source = from + n * rows * size,
        o = to + n * size;
      if (inner == 1) {
        let m = start;
        let i = 0;
        for (; i + 4 <= rows; i += 4) m = extreme4(m, v128.load(source + i * 4), isMax);
        for (; i < rows; i++) m = extreme4(m, v128.load32_splat(source + i * 4), isMax);
        m = extreme4(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1), isMax);
        m = extreme4(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2), isMax);
        store<f32>(o, f32x4.extract_lane(m, 0));
        continue;
      }
      const rowsAtOnce = imax(8, imin(BLOCK_ROWS, 16384 / size));
      for (let block = 0; block < rows; block += rowsAtOnce) {
        const last = imin(rows, block + rowsAtOnce);
        touch(tid, source + block * size, (last - block) * size);
        for (let c = 0; c < size; c += 16) {
          let m = block ? v128.load(o + c) : start;
          let p = source + block * size + c;
          for (let row = block; row < last; row++, p += size) m = extreme4(m, v128.load(p), isMax);
          storePart(o + c, m, (size - c) >> 2);
        }
      }
    }
  }
}

/** [outer, inner] → [outer, rows, inner], times `factor`. Items: outer. */
export function repeatRows(
  _tid: i32,
  items: i32,
  from: In,
  to: Out,
  rows: i32,
  inner: i32,
  factor: f32,
): void {
  const size = inner * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const source = from + item * size,
      o = to + item * rows * size;
    for (let c = 0; c < inner; c++) store<f32>(o + c * 4, load<f32>(source + c * 4) * factor);
    let done = 1;
    // Copies of copies: few long copies also where a row is short.
    while (done < rows) {
      const more = imin(done, rows - done);
      memory.copy(o + done * size, o, more * size);
      done += more;
    }
  }
}

/**
 * to[b, row, c] = x[b, row, c] · scale[b, c]. Items: b × blocks of `blockRows` rows.
 * @over to: x
 */
export function channelScale(
  _tid: i32,
  items: i32,
  x: In,
  scale: In,
  to: Out,
  rows: i32,
  channels: i32,
  blockRows: i32,
): void {
  const size = channels * 4;
  const blocks = (rows + blockRows - 1) / blockRows;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const b = item / blocks,
      first = (item - b * blocks) * blockRows,
      end = imin(rows, first + blockRows);
    const s = scale + b * size;
    for (let row = first; row < end; row++) {
      const at = (b * rows + row) * size;
      let c = 0;
      for (; c + 16 <= size; c += 16)
        v128.store(to + at + c, f32x4.mul(v128.load(x + at + c), v128.load(s + c)));
      if (c < size) {
        storePart(to + at + c, f32x4.mul(v128.load(x + at + c), v128.load(s + c)), (size - c) >> 2);
      }
    }
  }
}

/**
 * dx = dy · scale, and for each slice of the rows of an image Σ dy · x at sums[b, slice, c].
 * Items: b × slices.
 */
export function channelScaleGrad(
  tid: i32,
  items: i32,
  dy: In,
  x: In,
  scale: In,
  dx: Out,
  sums: Out,
  rows: i32,
  channels: i32,
  slices: i32,
): void {
  const size = channels * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const b = item / slices,
      slice = item - b * slices;
    const first = <i32>((<i64>rows * slice) / slices),
      end = <i32>((<i64>rows * (slice + 1)) / slices);
    const to = sums + item * size;
    memory.fill(to, 0, size);
    const rowsAtOnce = imax(8, imin(64, 16384 / size));
    for (let block = first; block < end; block += rowsAtOnce) {
      const last = imin(end, block + rowsAtOnce);
      touch(tid, dy + (b * rows + block) * size, (last - block) * size);
      touch(tid, x + (b * rows + block) * size, (last - block) * size);
      touch(tid, dx + (b * rows + block) * size, (last - block) * size);
      for (let c = 0; c < size; c += 16) {
        let at = (b * rows + block) * size + c;
        const lanes = (size - c) >> 2;
        const s = v128.load(scale + b * size + c);
        let sum = f32x4.splat(0);
        for (let row = block; row < last; row++) {
          const d = v128.load(dy + at);
          sum = fma(d, v128.load(x + at), sum);
          if (lanes >= 4) v128.store(dx + at, f32x4.mul(d, s));
          else storePart(dx + at, f32x4.mul(d, s), lanes);
          at += size;
        }
        storePart(to + c, f32x4.add(v128.load(to + c), sum), lanes);
      }
    }
  }
}

export function fillZero(_tid: i32, _items: i32, at: Out, bytes: i32): void {
  memory.fill(at, 0, bytes);
}

/** Copies rows of `width` values to rows of `toWidth` (zeros behind, or cut off). Items: blocks of 1024 rows. */
export function resizeRows(
  _tid: i32,
  items: i32,
  from: In,
  to: Out,
  rows: i32,
  width: i32,
  toWidth: i32,
): void {
  const common = imin(width, toWidth);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * 1024);
    for (let row = item * 1024; row < end; row++) {
      const p = from + row * width * 4,
        q = to + row * toWidth * 4;
      let i = 0;
      for (; i + 4 <= common; i += 4) v128.store(q + i * 4, v128.load(p + i * 4));
      for (; i < common; i++) store<f32>(q + i * 4, load<f32>(p + i * 4));
      for (; i < toWidth; i++) store<f32>(q + i * 4, 0);
    }
  }
}

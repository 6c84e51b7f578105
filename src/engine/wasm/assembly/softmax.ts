// Softmax of rows, its gradient, and the cross-entropy with it.
import { expAll4, fma, imin, nextItem, storePart, sumLanes } from './primitives';
import { In, Out } from './roles';

/** −1 in the first `count` lanes. */
function firstLanes(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count));
}

/** Largest of `count` values; NaN does not count, for it comes back with the exponentials. */
function largest(row: usize, count: i32): f32 {
  let m = f32x4.splat(-Infinity);
  let i = 0;
  for (; i + 4 <= count; i += 4) m = f32x4.pmax(m, v128.load(row + i * 4));
  if (i < count) {
    const v = v128.bitselect(v128.load(row + i * 4), f32x4.splat(-Infinity), firstLanes(count - i));
    m = f32x4.pmax(m, v);
  }
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 2, 3, 0, 1));
  m = f32x4.pmax(m, v128.shuffle<f32>(m, m, 1, 0, 3, 2));
  return f32x4.extract_lane(m, 0);
}

/** to = e^(row − shift); gives back the sum. */
function exponentials(row: usize, to: usize, count: i32, shift: f32): f32 {
  const s = f32x4.splat(shift);
  let sum = f32x4.splat(0);
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const e = expAll4(f32x4.sub(v128.load(row + i * 4), s));
    v128.store(to + i * 4, e);
    sum = f32x4.add(sum, e);
  }
  if (i < count) {
    const e = expAll4(f32x4.sub(v128.load(row + i * 4), s));
    storePart(to + i * 4, e, count - i);
    sum = f32x4.add(sum, v128.and(e, firstLanes(count - i)));
  }
  return sumLanes(sum);
}

/** ln x for positive, normal x, by x = m·2^e and the series of artanh: Math.log keeps tables in the memory. */
function logOf(x: f64): f64 {
  const bits = reinterpret<i64>(x);
  let e = <i32>(bits >>> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e++;
  }
  const s = (m - 1) / (m + 1),
    z = s * s;
  let sum = 0.0;
  for (let n = 23; n > 0; n -= 2) sum = sum * z + 1 / <f64>n;
  return <f64>e * 0.6931471805599453 + 2 * s * sum;
}

/**
 * Softmax of `rows` rows of `count` values. Items: blocks of rows.
 * @over to: from
 */
export function softmax(
  _tid: i32,
  items: i32,
  from: In,
  to: Out,
  rows: i32,
  count: i32,
  blockRows: i32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const p = from + row * count * 4,
        q = to + row * count * 4;
      const sum = exponentials(p, q, count, largest(p, count));
      const share = f32x4.splat(1 / sum);
      let i = 0;
      for (; i + 4 <= count; i += 4) v128.store(q + i * 4, f32x4.mul(v128.load(q + i * 4), share));
      storePart(q + i * 4, f32x4.mul(v128.load(q + i * 4), share), count - i);
    }
  }
}

/**
 * dx = y·(dy − Σ dy·y) in each row. Items: blocks of rows.
 * @over dx: dy, y
 */
export function softmaxGrad(
  _tid: i32,
  items: i32,
  dy: In,
  y: In,
  dx: Out,
  rows: i32,
  count: i32,
  blockRows: i32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const at = row * count * 4,
        d = dy + at,
        p = y + at,
        o = dx + at;
      let sum = f32x4.splat(0);
      let i = 0;
      for (; i + 4 <= count; i += 4) sum = fma(v128.load(d + i * 4), v128.load(p + i * 4), sum);
      if (i < count) {
        const product = f32x4.mul(v128.load(d + i * 4), v128.load(p + i * 4));
        sum = f32x4.add(sum, v128.and(product, firstLanes(count - i)));
      }
      const mean = f32x4.splat(sumLanes(sum));
      for (i = 0; i + 4 <= count; i += 4) {
        v128.store(o + i * 4, f32x4.mul(v128.load(p + i * 4), f32x4.sub(v128.load(d + i * 4), mean)));
      }
      if (i < count) {
        storePart(
          o + i * 4,
          f32x4.mul(v128.load(p + i * 4), f32x4.sub(v128.load(d + i * 4), mean)),
          count - i,
        );
      }
    }
  }
}

/** Softmax cross-entropy with soft labels: see SoftmaxCrossEntropy in engine/kernels/. Items: rows. */
export function softmaxCrossEntropy(
  _tid: i32,
  items: i32,
  logits: In,
  labels: In,
  loss: Out,
  gradient: Out,
  count: i32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const at = item * count * 4,
      z = logits + at,
      t = labels + at,
      g = gradient + at;
    const highest = largest(z, count);
    const sum = exponentials(z, g, count, highest);
    // Of a row with NaN or an infinity the sum is NaN, and so is the loss.
    const logSum = sum > 0 ? logOf(<f64>sum) : NaN;
    let total = 0.0;
    for (let i = 0; i < count; i++) {
      const label = load<f32>(t + i * 4);
      total += <f64>label * (logSum - (<f64>load<f32>(z + i * 4) - <f64>highest));
      store<f32>(g + i * 4, load<f32>(g + i * 4) / sum - label);
    }
    store<f32>(loss + item * 4, <f32>total);
  }
}

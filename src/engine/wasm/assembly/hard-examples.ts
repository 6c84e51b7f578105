// Which examples of a row have the largest losses.
import { nextItem } from './primitives';
import { In, Out } from './roles';

/** The bits of a number in an order in which they are compared without a sign. */
function ordered(value: f32): u32 {
  const bits = reinterpret<i32>(value);
  return (<u32>(bits ^ ((bits >> 31) & 0x7fffffff))) ^ 0x80000000;
}

function numberOf(place: u32): f32 {
  const bits = <i32>(place ^ 0x80000000);
  return reinterpret<f32>(bits ^ ((bits >> 31) & 0x7fffffff));
}

/** How many examples that count lie at a place or above it. */
function countFrom(place: u32, losses: usize, weights: usize, count: i32): i32 {
  let found = 0;
  for (let i = 0; i < count; i++) {
    if (load<f32>(weights + i * 4) > 0 && ordered(load<f32>(losses + i * 4)) >= place) found++;
  }
  return found;
}

/** The weights of the hardest examples of each row: see HardExamples in engine/kernels/. Items: rows. */
export function hardExamples(
  _tid: i32,
  items: i32,
  losses: In,
  weights: In,
  kept: Out,
  count: i32,
  minKept: i32,
  leastLoss: f32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const at = item * count * 4,
      row = losses + at,
      shares = weights + at,
      to = kept + at;
    const counted = countFrom(0, row, shares, count);
    const wanted = minKept < counted ? minKept : counted;
    // The hardest `wanted` begin at the largest place that has as many at it or above, found bit by bit.
    let place: u32 = 0;
    for (let bit: u32 = 0x80000000; bit > 0; bit >>= 1)
      if (countFrom(place | bit, row, shares, count) >= wanted) place |= bit;
    const least = wanted > 0 ? min<f32>(leastLoss, numberOf(place)) : 0;
    for (let i = 0; i < count; i++) {
      const weight = load<f32>(shares + i * 4);
      const isKept = weight > 0 && !(load<f32>(row + i * 4) < least);
      store<f32>(to + i * 4, isKept ? weight : 0);
    }
  }
}

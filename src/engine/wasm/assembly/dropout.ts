// Dropout by counter-based draws: the same bits as util/random.ts.
import { imin, nextItem } from './primitives';
import { In, Out } from './roles';

const GOLDEN: i32 = 0x9e3779b9;

function mix32(value: i32): i32 {
  let h = value;
  h ^= h >>> 16;
  h *= 0x7feb352d;
  h ^= h >>> 15;
  h *= <i32>0x846ca68b;
  return h ^ (h >>> 16);
}

function mix4(value: v128): v128 {
  let h = v128.xor(value, i32x4.shr_u(value, 16));
  h = i32x4.mul(h, i32x4.splat(0x7feb352d));
  h = v128.xor(h, i32x4.shr_u(h, 15));
  h = i32x4.mul(h, i32x4.splat(<i32>0x846ca68b));
  return v128.xor(h, i32x4.shr_u(h, 16));
}

/**
 * Keeps value i, times `scale`, where its draw is at least `rate`. Items: blocks of 16384 values.
 * @over to: x
 */
export function dropout(
  _tid: i32,
  items: i32,
  x: In,
  seed: In,
  rate: In,
  scale: In,
  to: Out,
  count: i32,
  stream: i32,
): void {
  const key = mix32(load<i32>(seed) ^ mix32(stream));
  const keys = i32x4.splat(key),
    step = i32x4.splat(GOLDEN),
    limit = f32x4.splat(load<f32>(rate)),
    factor = f32x4.splat(load<f32>(scale)),
    unit = f32x4.splat(1.0 / 16777216.0);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * 16384);
    let index = i32x4.add(i32x4.splat(item * 16384), i32x4(0, 1, 2, 3));
    for (let i = item * 16384; i < end; i += 4) {
      const bits = mix4(v128.xor(mix4(i32x4.add(keys, i32x4.mul(index, step))), keys));
      const u = f32x4.mul(f32x4.convert_i32x4_s(i32x4.shr_u(bits, 8)), unit);
      const kept = f32x4.mul(v128.load(x + i * 4), factor);
      v128.store(to + i * 4, v128.and(kept, f32x4.ge(u, limit)));
      index = i32x4.add(index, i32x4.splat(4));
    }
  }
}

/**
 * The same with one draw for each of the `items` samples of `count` values.
 * @over to: x
 */
export function dropoutSamples(
  _tid: i32,
  items: i32,
  x: In,
  seed: In,
  rate: In,
  scale: In,
  to: Out,
  count: i32,
  stream: i32,
): void {
  const key = mix32(load<i32>(seed) ^ mix32(stream));
  const limit = load<f32>(rate),
    factor = load<f32>(scale);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const bits = mix32(mix32(key + item * GOLDEN) ^ key);
    const isKept = <f32>(bits >>> 8) * <f32>(1.0 / 16777216.0) >= limit;
    const from = x + item * count * 4,
      o = to + item * count * 4;
    if (!isKept) {
      memory.fill(o, 0, count * 4);
      continue;
    }
    let i = 0;
    for (; i + 4 <= count; i += 4)
      v128.store(o + i * 4, f32x4.mul(v128.load(from + i * 4), f32x4.splat(factor)));
    for (; i < count; i++) store<f32>(o + i * 4, load<f32>(from + i * 4) * factor);
  }
}

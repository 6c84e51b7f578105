// Resizing by weights along both axes of a map.
import { fma, imin, nextItem, storePart } from './primitives';
import { In, Out } from './roles';

/**
 * to[b, i, j, …] = Σ over the lists of i and j of weight · weight · from[b, y, x, …]: bilinear resizing, and its gradient.
 * `rows` and `columns` are each: where the list of each place of the result begins, and where the last one ends; the
 * places, as numbers of bytes; their weights. `image` is the bytes of one image of `from`, `size` those of a place.
 * Items: blocks of places of the result, height·width an image.
 */
export function blendPlaces(
  _tid: i32,
  items: i32,
  from: In,
  to: Out,
  rows: In,
  columns: In,
  places: i32,
  height: i32,
  width: i32,
  image: i32,
  size: i32,
  blockPlaces: i32,
): void {
  const rowPlaces = rows + (height + 1) * 4,
    columnPlaces = columns + (width + 1) * 4,
    rowWeights = rowPlaces + load<i32>(rows + height * 4) * 4,
    columnWeights = columnPlaces + load<i32>(columns + width * 4) * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * blockPlaces,
      end = imin(places, first + blockPlaces);
    for (let place = first; place < end; place++) {
      const j = place % width,
        i = (place / width) % height;
      const b0 = load<i32>(rows + i * 4),
        e0 = load<i32>(rows + i * 4, 4),
        b1 = load<i32>(columns + j * 4),
        e1 = load<i32>(columns + j * 4, 4);
      const p = from + <usize>(place / (width * height)) * <usize>image,
        o = to + <usize>place * <usize>size;
      let n = 0;
      for (; n + 64 <= size; n += 64) {
        let s0 = f32x4.splat(0),
          s1 = f32x4.splat(0),
          s2 = f32x4.splat(0),
          s3 = f32x4.splat(0);
        for (let a = b0; a < e0; a++) {
          const row = p + load<i32>(rowPlaces + a * 4) + n,
            weight = load<f32>(rowWeights + a * 4);
          for (let b = b1; b < e1; b++) {
            const w = f32x4.splat(weight * load<f32>(columnWeights + b * 4)),
              x = row + load<i32>(columnPlaces + b * 4);
            s0 = fma(v128.load(x), w, s0);
            s1 = fma(v128.load(x, 16), w, s1);
            s2 = fma(v128.load(x, 32), w, s2);
            s3 = fma(v128.load(x, 48), w, s3);
          }
        }
        v128.store(o + n, s0);
        v128.store(o + n, s1, 16);
        v128.store(o + n, s2, 32);
        v128.store(o + n, s3, 48);
      }
      for (; n < size; n += 16) {
        let sum = f32x4.splat(0);
        for (let a = b0; a < e0; a++) {
          const row = p + load<i32>(rowPlaces + a * 4) + n,
            weight = load<f32>(rowWeights + a * 4);
          for (let b = b1; b < e1; b++) {
            const w = f32x4.splat(weight * load<f32>(columnWeights + b * 4));
            sum = fma(v128.load(row + load<i32>(columnPlaces + b * 4)), w, sum);
          }
        }
        storePart(o + n, sum, (size - n) >> 2);
      }
    }
  }
}

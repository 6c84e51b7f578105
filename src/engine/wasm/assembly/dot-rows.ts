// Dot products of rows: the gradient to the kernels of an involution whose window is one place.
import { fma, imin, nextItem, sumLanes } from './primitives';
import { In, Out } from './roles';

/** to[i] = Σ a[i] · b[i] over rows of `count` values. Items: blocks of rows. */
export function dotRows(
  _tid: i32,
  items: i32,
  a: In,
  b: In,
  to: Out,
  rows: i32,
  count: i32,
  blockRows: i32,
): void {
  const size = count * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const p = a + row * size,
        q = b + row * size;
      let sum = f32x4.splat(0);
      let i = 0;
      for (; i + 16 <= size; i += 16) sum = fma(v128.load(p + i), v128.load(q + i), sum);
      let total = sumLanes(sum);
      for (; i < size; i += 4) total += load<f32>(p + i) * load<f32>(q + i);
      store<f32>(to + row * 4, total);
    }
  }
}

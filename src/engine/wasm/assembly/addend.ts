// A map that is added to the result of a convolution: one of its size, or of half of it, each value of which
// stands for 2×2 places (`shift` 1).
import { storePart } from './primitives';

/** Width or height of the map that is added. */
export function halved(length: i32, shift: i32): i32 {
  return (length + shift) >> shift;
}

/**
 * Adds to rows [m0, m0 + rows) of the result, the places (b, y, x) of maps of height×width, their rows of the map
 * at `addend`: `columns` of its n values a place. The results stand `ldc` bytes apart.
 */
export function addRows(
  c: usize,
  ldc: i32,
  m0: i32,
  rows: i32,
  columns: i32,
  addend: usize,
  n: i32,
  height: i32,
  width: i32,
  shift: i32,
): void {
  const lowH = halved(height, shift),
    lowW = halved(width, shift);
  let x = m0 % width,
    y = (m0 / width) % height,
    b = m0 / (width * height);
  for (let row = 0; row < rows; row++, c += ldc) {
    const from = addend + ((b * lowH + (y >> shift)) * lowW + (x >> shift)) * n * 4;
    for (let j = 0; j < columns; j += 4) {
      const at = c + j * 4;
      storePart(at, f32x4.add(v128.load(at), v128.load(from + j * 4)), columns - j);
    }
    if (++x == width) {
      x = 0;
      if (++y == height) {
        y = 0;
        b++;
      }
    }
  }
}

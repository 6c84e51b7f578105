import type { Affine } from './affine-map.js';
import type { Canvas } from './canvas.js';

export type { Affine } from './affine-map.js';

/** How a point between pixels gets its value. */
export type Interpolation = 'nearest' | 'bilinear';

/** Red, green and blue of what comes in from outside, 0…255. */
export type Fill = readonly [number, number, number];

/** A fill as a config has it: one value for all three channels, or three. */
export function fillOf(fill: number | readonly [number, number, number]): Fill {
  return typeof fill === 'number' ? [fill, fill, fill] : fill;
}

/** Turns the image by an angle in degrees, counter-clockwise, about its middle. */
export function rotation(degrees: number, size: number): Affine {
  // An angle of 0…360, and 15 digits: values between pixels are cut off, so the last bit shows, and right angles are exact.
  const radians = -(degrees < 0 ? degrees + 360 : degrees) * (Math.PI / 180);
  const cos = Number(Math.cos(radians).toFixed(15));
  const sin = Number(Math.sin(radians).toFixed(15));
  const middle = size / 2;
  const c = -cos * middle - sin * middle + middle;
  const f = sin * middle - cos * middle + middle;
  return [cos, sin, c, -sin, cos, f];
}

/** Moves the image's rows or columns against each other by `level` pixels a pixel, from the upper left corner. */
export function shear(axis: 'x' | 'y', level: number): Affine {
  return axis === 'x' ? [1, level, 0, 0, 1, 0] : [1, 0, 0, level, 1, 0];
}

/** Moves the content right and down by whole pixels. */
export function translation(dx: number, dy: number): Affine {
  return [1, 0, -dx, 0, 1, -dy];
}

/** Draws the image anew through an affine map, with the bits of Pillow's `Image.transform`, and its mask with it. */
export function transform(canvas: Canvas, map: Affine, interpolation: Interpolation, fill: Fill): void {
  if (interpolation === 'nearest') nearest(canvas, map, fill);
  else bilinear(canvas, map, fill);
  canvas.swap();
  canvas.mask?.transform(map);
}

// --- internal ---

/** 16 bits before the point, 16 behind it: what Pillow walks with. */
const ONE = 65536;

function nearest({ pixels, spare, size }: Canvas, [a, b, c, d, e, f]: Affine, fill: Fill): void {
  const fixed = (value: number): number => Math.floor(value * ONE + 0.5);
  const [alongX, alongY] = [fixed(a), fixed(d)];
  const [downX, downY] = [fixed(b), fixed(e)];
  let startX = fixed(c + a * 0.5 + b * 0.5);
  let startY = fixed(f + d * 0.5 + e * 0.5);
  const [red, green, blue] = fill;
  let o = 0;
  for (let y = 0; y < size; y++) {
    let u = startX;
    let v = startY;
    for (let x = 0; x < size; x++, o += 3) {
      const column = u >> 16;
      const row = v >> 16;
      if (column >= 0 && column < size && row >= 0 && row < size) {
        const from = (row * size + column) * 3;
        spare[o] = pixels[from]!;
        spare[o + 1] = pixels[from + 1]!;
        spare[o + 2] = pixels[from + 2]!;
      } else {
        spare[o] = red;
        spare[o + 1] = green;
        spare[o + 2] = blue;
      }
      u += alongX;
      v += alongY;
    }
    startX += downX;
    startY += downY;
  }
}

function bilinear({ pixels, spare, size }: Canvas, [a, b, c, d, e, f]: Affine, fill: Fill): void {
  const last = size - 1;
  let o = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++, o += 3) {
      const u = a * (x + 0.5) + b * (y + 0.5) + c;
      const v = d * (x + 0.5) + e * (y + 0.5) + f;
      if (u < 0 || u >= size || v < 0 || v >= size) {
        for (let channel = 0; channel < 3; channel++) spare[o + channel] = fill[channel]!;
        continue;
      }
      // The four pixels around the point; at the border those outside are the outermost ones.
      const left = Math.floor(u - 0.5);
      const above = Math.floor(v - 0.5);
      const dx = u - 0.5 - left;
      const dy = v - 0.5 - above;
      const upper = Math.max(0, above) * size;
      const lower = Math.min(last, above + 1) * size;
      const [x0, x1] = [Math.max(0, left), Math.min(last, left + 1)];
      const p00 = (upper + x0) * 3;
      const p01 = (upper + x1) * 3;
      const p10 = (lower + x0) * 3;
      const p11 = (lower + x1) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const first = pixels[p00 + channel]!;
        const top = first + (pixels[p01 + channel]! - first) * dx;
        const second = pixels[p10 + channel]!;
        const bottom = second + (pixels[p11 + channel]! - second) * dx;
        // Cut off, not rounded, as Pillow does it.
        spare[o + channel] = top + (bottom - top) * dy;
      }
    }
  }
}

import type { Canvas } from './canvas.js';
import { luma, meanLuma } from './luma.js';
import { applyTable, tableOf } from './tone.js';

// Pillow's `ImageEnhance`, to the bit: an image is drawn away from, or towards, a degenerate version of itself. A factor
// of 0 gives that version, 1 the image, and beyond 1 the difference grows.

/** Against black. */
export function brightness({ pixels }: Canvas, factor: number): void {
  const alpha = Math.fround(factor);
  applyTable(
    pixels,
    tableOf((value) => blend(0, value, alpha)),
  );
}

/** Against the mean brightness. */
export function contrast({ pixels }: Canvas, factor: number): void {
  const alpha = Math.fround(factor);
  const mean = meanLuma(pixels);
  applyTable(
    pixels,
    tableOf((value) => blend(mean, value, alpha)),
  );
}

/** Against the image without colours; `Color` of Pillow. */
export function saturation({ pixels }: Canvas, factor: number): void {
  const alpha = Math.fround(factor);
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i]!;
    const green = pixels[i + 1]!;
    const blue = pixels[i + 2]!;
    const grey = luma(red, green, blue);
    pixels[i] = blend(grey, red, alpha);
    pixels[i + 1] = blend(grey, green, alpha);
    pixels[i + 2] = blend(grey, blue, alpha);
  }
}

/** Against the smoothed image: the mean of 3×3 pixels in which the middle counts five times; the border stays. */
export function sharpness(canvas: Canvas, factor: number): void {
  const { pixels, spare, size } = canvas;
  const alpha = Math.fround(factor);
  const row = size * 3;
  spare.set(pixels);
  for (let y = 1; y < size - 1; y++) {
    for (let i = y * row + 3, end = (y + 1) * row - 3; i < end; i++) {
      const value = pixels[i]!;
      const sum =
        pixels[i - row - 3]! +
        pixels[i - row]! +
        pixels[i - row + 3]! +
        pixels[i - 3]! +
        5 * value +
        pixels[i + 3]! +
        pixels[i + row - 3]! +
        pixels[i + row]! +
        pixels[i + row + 3]!;
      spare[i] = blend(Math.floor(sum / 13 + 0.5), value, alpha);
    }
  }
  canvas.swap();
}

// --- internal ---

/** From `degenerate` to `value` and beyond, in the 32 bits in which Pillow's `Image.blend` computes. */
function blend(degenerate: number, value: number, alpha: number): number {
  const mixed = Math.fround(degenerate + Math.fround(alpha * (value - degenerate)));
  return mixed <= 0 ? 0 : mixed >= 255 ? 255 : Math.trunc(mixed);
}

/**
 * Turns the hue of every pixel, in place: by way of Pillow's mode `HSV`, whose bytes lose a little even where nothing
 * is turned (torchvision's `adjust_hue` of a PIL image, to the bit).
 * @param factor share of the circle of hues, −0.5…0.5
 */
export function turnHue(pixels: Uint8Array, factor: number): void {
  const shift = Math.trunc(factor * 255);
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i]!;
    const green = pixels[i + 1]!;
    const blue = pixels[i + 2]!;
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    const saturation = chroma === 0 ? 0 : Math.trunc(Math.fround(chroma / value) * 255);
    if (saturation === 0) {
      write(pixels, i, value, value, value);
      continue;
    }
    const hue = (hueOf(red, green, blue, value, chroma) + shift) & 255;
    writeColour(pixels, i, hue, saturation, value);
  }
}

// --- internal ---

const { fround } = Math;

/** A sixth of the circle from each of red, yellow, green, …, in 255 steps; in the 32 bits of Pillow's `convert`. */
function hueOf(red: number, green: number, blue: number, value: number, chroma: number): number {
  const r = fround((value - red) / chroma);
  const g = fround((value - green) / chroma);
  const b = fround((value - blue) / chroma);
  const sixths = fround(red === value ? b - g : green === value ? 2 + r - b : 4 + g - r);
  return Math.trunc(fround((sixths / 6 + 1) % 1) * 255);
}

function writeColour(pixels: Uint8Array, at: number, hue: number, saturation: number, value: number): void {
  const sixth = Math.floor((hue * 6) / 255);
  const rest = fround((hue * 6) / 255 - sixth);
  const s = fround(saturation / 255);
  const p = Math.floor(value * (1 - s) + 0.5);
  // Towards the next main colour one channel falls, or another one rises.
  const falling = Math.floor(value * (1 - fround(s * rest)) + 0.5);
  const rising = Math.floor(value * (1 - s * (1 - rest)) + 0.5);
  switch (sixth % 6) {
    case 0:
      return write(pixels, at, value, rising, p);
    case 1:
      return write(pixels, at, falling, value, p);
    case 2:
      return write(pixels, at, p, value, rising);
    case 3:
      return write(pixels, at, p, falling, value);
    case 4:
      return write(pixels, at, rising, p, value);
    default:
      return write(pixels, at, value, p, falling);
  }
}

function write(pixels: Uint8Array, at: number, red: number, green: number, blue: number): void {
  pixels[at] = red;
  pixels[at + 1] = green;
  pixels[at + 2] = blue;
}

/** The brightness of a pixel, 0…255: the weights of ITU-R 601-2 in 16 bits, rounded, as Pillow's mode `L` has it. */
export function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

/** The mean brightness of a size·size·3 image, rounded to a whole number. */
export function meanLuma(pixels: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) sum += luma(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
  return Math.floor(sum / (pixels.length / 3) + 0.5);
}

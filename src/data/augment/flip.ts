import { RandomStream } from '../../util/random.js';

/** Whether the image of this key is mirrored: probability ½. */
export function drawFlip(key: number): boolean {
  return new RandomStream(key, 'flip').uniform() < 0.5;
}

/** Mirrors a size·size·3 image left and right, in place. */
export function flip(pixels: Uint8Array, size: number): void {
  for (let y = 0; y < size; y++) {
    let left = y * size * 3;
    let right = left + (size - 1) * 3;
    for (; left < right; left += 3, right -= 3) {
      for (let c = 0; c < 3; c++) {
        const value = pixels[left + c]!;
        pixels[left + c] = pixels[right + c]!;
        pixels[right + c] = value;
      }
    }
  }
}

import { makeKey, RandomStream } from '../../util/random.js';
import type { Showing } from './showing.js';

/** Whether the image of this key is mirrored: probability ½. */
export function drawFlip(key: number): boolean {
  return new RandomStream(key, 'flip').uniform() < 0.5;
}

/**
 * Whether an image is mirrored in an epoch where mirroring alternates (Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a
 * Single GPU", section 3.6): in the first epoch with probability ½, and from then on in every other one, so that two
 * epochs in a row show both forms of every image.
 */
export function drawAlternatingFlip({ seed, epoch, image }: Showing): boolean {
  return drawFlip(makeKey(seed, 'alternating flip', image)) !== (epoch % 2 === 1);
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

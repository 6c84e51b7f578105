import { RandomStream } from '../../util/random.js';
import { luma } from './luma.js';

/** Whether the image of this key loses its colours. */
export function drawGrayscale(key: number, probability: number): boolean {
  return new RandomStream(key, 'grayscale').uniform() < probability;
}

/** Every pixel of an image as its brightness (torchvision `RandomGrayscale`), in place. */
export function grayscale(pixels: Uint8Array): void {
  for (let i = 0; i < pixels.length; i += 3) {
    const grey = luma(pixels[i]!, pixels[i + 1]!, pixels[i + 2]!);
    pixels[i] = grey;
    pixels[i + 1] = grey;
    pixels[i + 2] = grey;
  }
}

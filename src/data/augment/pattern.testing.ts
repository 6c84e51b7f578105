import { createHash } from 'node:crypto';
import { Canvas } from './canvas.js';

/** A drawn image, no two of whose pixels nearby are alike; its values are least … least + span − 1. */
export function pattern(size: number, least = 0, span = 256): Canvas {
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      for (let c = 0; c < 3; c++, i++) {
        const wave = (x * x * 3 + y * y * 5 + x * y * (c + 1)) % 97;
        pixels[i] = ((x * 7 + y * 13 + c * 29 + wave) % span) + least;
      }
    }
  }
  return new Canvas(size, pixels);
}

/** The one whose results are written out in full. */
export const smallPattern = (): Canvas => pattern(8, 20, 200);

/** Bytes as goldens write them out. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Bytes as goldens sum them up. */
export function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

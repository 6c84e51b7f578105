import type { AugmentConfig } from './options.js';

type Normalization = AugmentConfig['normalize'];

/** Mean and deviation of pixel values / 255, a channel each. */
export const normalizationConstants: Readonly<
  Record<Normalization, { readonly mean: readonly number[]; readonly deviation: readonly number[] }>
> = {
  unit: { mean: [0, 0, 0], deviation: [1, 1, 1] },
  imagenet: { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] },
  cifar10: { mean: [0.4914, 0.4822, 0.4465], deviation: [0.247, 0.2435, 0.2616] },
  symmetric: { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] },
};

/** The normalised value of every byte in every channel, at 256·channel + byte. */
export function normalizationTable(kind: Normalization): Float32Array {
  const { mean, deviation } = normalizationConstants[kind];
  return Float32Array.from({ length: 768 }, (_, i) => {
    const channel = i >> 8;
    return ((i & 255) / 255 - mean[channel]!) / deviation[channel]!;
  });
}

/** Writes the normalised pixels of one image into `out` at `offset`. */
export function normalize(
  pixels: Uint8Array,
  bytes: number,
  table: Float32Array,
  out: Float32Array,
  offset: number,
): void {
  for (let i = 0; i < bytes; i += 3) {
    out[offset + i] = table[pixels[i]!]!;
    out[offset + i + 1] = table[256 + pixels[i + 1]!]!;
    out[offset + i + 2] = table[512 + pixels[i + 2]!]!;
  }
}

/** Undoes the normalisation of images, which is increasing in every channel; what was put in beyond its range is cut. */
export function denormalize(images: Float32Array, normalization: AugmentConfig['normalize']): Uint8Array {
  const table = normalizationTable(normalization);
  const bytes = new Uint8ClampedArray(images.length);
  for (let i = 0; i < images.length; i++) {
    const low = table[(i % 3) * 256]!;
    const high = table[(i % 3) * 256 + 255]!;
    bytes[i] = Math.round((255 * (images[i]! - low)) / (high - low));
  }
  return new Uint8Array(bytes.buffer);
}

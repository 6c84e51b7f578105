/** A rectangle of whole pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Which input pixels make an output pixel along one axis, and with what weight. */
interface Taps {
  readonly first: Int32Array;
  readonly weights: Float32Array;
  /** Weights per output pixel; unused ones are 0. */
  readonly width: number;
}

/**
 * The triangle filter with half-pixel centres: bilinear when enlarging, and widened by the scale when
 * shrinking, so that no pixel is left out (what Pillow calls BILINEAR and torchvision `antialias=True`).
 */
function taps(from: number, to: number): Taps {
  const scale = from / to;
  const support = Math.max(1, scale);
  const width = Math.min(from, Math.ceil(support) * 2 + 1);
  const first = new Int32Array(to);
  const weights = new Float32Array(to * width);
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const start = Math.max(0, Math.min(from - width, Math.floor(centre - support)));
    first[i] = start;
    let sum = 0;
    for (let k = 0; k < width; k++) sum += triangle((start + k + 0.5 - centre) / support);
    for (let k = 0; k < width; k++) {
      weights[i * width + k] = triangle((start + k + 0.5 - centre) / support) / sum;
    }
  }
  return { first, weights, width };
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

// Rows after the horizontal pass; grown once and kept, since a crop is resized for every training image.
let between = new Float32Array(0);

/** Resizes `box` of an RGB image to size × size, rounded to uint8; `from` and `to` must not overlap. */
export function resize(
  from: Uint8Array,
  image: { readonly width: number; readonly height: number },
  box: Box,
  to: Uint8Array,
  size: number,
): void {
  const across = taps(box.width, size);
  const down = taps(box.height, size);
  const row = size * 3;
  if (between.length < box.height * row) between = new Float32Array(box.height * row);
  for (let y = 0; y < box.height; y++) {
    const start = ((box.top + y) * image.width + box.left) * 3;
    for (let x = 0; x < size; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      let p = start + across.first[x]! * 3;
      for (let k = x * across.width, end = k + across.width; k < end; k++, p += 3) {
        const w = across.weights[k]!;
        r += w * from[p]!;
        g += w * from[p + 1]!;
        b += w * from[p + 2]!;
      }
      const o = y * row + x * 3;
      between[o] = r;
      between[o + 1] = g;
      between[o + 2] = b;
    }
  }
  for (let y = 0; y < size; y++) {
    const first = down.first[y]! * row;
    for (let x = 0; x < row; x++) {
      let value = 0.5;
      for (let k = 0, p = first + x; k < down.width; k++, p += row) {
        value += down.weights[y * down.width + k]! * between[p]!;
      }
      to[y * row + x] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
}

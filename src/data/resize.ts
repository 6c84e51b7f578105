/** A rectangle, in pixels. */
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
function taps(length: number, to: number, offset: number, available: number): Taps {
  const scale = length / to;
  // Pixels outside of the box have no part in it.
  const from = covered(length, offset, available);
  const support = Math.max(1, scale);
  const reach = (i: number): { centre: number; start: number; end: number } => {
    const centre = offset + (i + 0.5) * scale;
    // The pixels whose weight is not 0: a middle of theirs lies within the support.
    const start = Math.floor(centre - support + 0.5);
    return { centre, start: Math.max(0, start), end: Math.min(from, Math.ceil(centre + support - 0.5)) };
  };
  let width = Math.min(from, 2);
  for (let i = 0; i < to; i++) {
    const { start, end } = reach(i);
    width = Math.max(width, end - start);
  }
  const first = new Int32Array(to);
  const weights = new Float32Array(to * width);
  for (let i = 0; i < to; i++) {
    const { centre, start: before } = reach(i);
    const start = Math.min(from - width, before);
    first[i] = start;
    let sum = 0;
    for (let k = 0; k < width; k++) sum += triangle((start + k + 0.5 - centre) / support);
    for (let k = 0; k < width; k++) {
      weights[i * width + k] = triangle((start + k + 0.5 - centre) / support) / sum;
    }
  }
  return { first, weights, width };
}

/** The whole pixels, of those that are there, up to the end of a box. */
function covered(length: number, offset: number, available: number): number {
  // Less than any fraction of a pixel that means something.
  return Math.min(available, Math.ceil(offset + length - 1e-6));
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

// Rows after the horizontal pass; grown once and kept, since a crop is resized for every training image.
let between = new Float32Array(0);
// One row of the vertical pass.
let sums = new Float64Array(0);

/**
 * Resizes `box` of an RGB image to size × size, rounded to uint8; `from` and `to` must not overlap. A box may begin and
 * end within pixels, which count as a whole (Pillow's `resize(box=…)`), and end beyond the last one.
 */
export function resize(
  from: Uint8Array,
  image: { readonly width: number; readonly height: number },
  box: Box,
  to: Uint8Array,
  size: number,
): void {
  const left = Math.floor(box.left);
  const top = Math.floor(box.top);
  const across = taps(box.width, size, box.left - left, image.width - left);
  const down = taps(box.height, size, box.top - top, image.height - top);
  const rows = covered(box.height, box.top - top, image.height - top);
  const row = size * 3;
  if (between.length < rows * row) between = new Float32Array(rows * row);
  for (let y = 0; y < rows; y++) {
    const start = ((top + y) * image.width + left) * 3;
    if (across.width === 2) crossPairs(from, start, across, y * row, size);
    else if (across.width === 3) crossTriples(from, start, across, y * row, size);
    else cross(from, start, across, y * row, size);
  }
  for (let y = 0; y < size; y++) {
    if (down.width === 2) sinkPairs(to, down, y, row);
    else if (down.width === 3) sinkTriples(to, down, y, row);
    else sink(to, down, y, row);
  }
}

/** One row of the horizontal pass. */
function cross(
  from: Uint8Array,
  start: number,
  { first, weights, width }: Taps,
  out: number,
  size: number,
): void {
  for (let x = 0, o = out; x < size; x++, o += 3) {
    let r = 0;
    let g = 0;
    let b = 0;
    let p = start + first[x]! * 3;
    for (let k = x * width, end = k + width; k < end; k++, p += 3) {
      const w = weights[k]!;
      r += w * from[p]!;
      g += w * from[p + 1]!;
      b += w * from[p + 2]!;
    }
    between[o] = r;
    between[o + 1] = g;
    between[o + 2] = b;
  }
}

/** `cross` for two weights a pixel, several times as fast; every crop of a training image comes through here. */
function crossPairs(
  from: Uint8Array,
  start: number,
  { first, weights }: Taps,
  out: number,
  size: number,
): void {
  const rows = between;
  for (let x = 0, o = out; x < size; x++, o += 3) {
    const p = start + first[x]! * 3;
    const v = weights[2 * x]!;
    const w = weights[2 * x + 1]!;
    rows[o] = v * from[p]! + w * from[p + 3]!;
    rows[o + 1] = v * from[p + 1]! + w * from[p + 4]!;
    rows[o + 2] = v * from[p + 2]! + w * from[p + 5]!;
  }
}

/** The same for three, which crops that are shrunk by less than a half come to. */
function crossTriples(
  from: Uint8Array,
  start: number,
  { first, weights }: Taps,
  out: number,
  size: number,
): void {
  const rows = between;
  for (let x = 0, o = out; x < size; x++, o += 3) {
    const p = start + first[x]! * 3;
    const u = weights[3 * x]!;
    const v = weights[3 * x + 1]!;
    const w = weights[3 * x + 2]!;
    rows[o] = u * from[p]! + v * from[p + 3]! + w * from[p + 6]!;
    rows[o + 1] = u * from[p + 1]! + v * from[p + 4]! + w * from[p + 7]!;
    rows[o + 2] = u * from[p + 2]! + v * from[p + 5]! + w * from[p + 8]!;
  }
}

/** One row of the vertical pass. */
function sink(to: Uint8Array, { first, weights, width }: Taps, y: number, row: number): void {
  const rows = between;
  if (sums.length < row) sums = new Float64Array(row);
  // Two rows of the input at a time, in the order of the memory.
  sums.fill(0.5, 0, row);
  let k = 0;
  let p = first[y]! * row;
  for (; k + 2 <= width; k += 2, p += 2 * row) {
    const v = weights[y * width + k]!;
    const w = weights[y * width + k + 1]!;
    for (let x = 0, i = p; x < row; x++, i++) sums[x] = sums[x]! + v * rows[i]! + w * rows[i + row]!;
  }
  if (k < width) {
    const v = weights[y * width + k]!;
    for (let x = 0, i = p; x < row; x++, i++) sums[x]! += v * rows[i]!;
  }
  for (let x = 0, o = y * row; x < row; x++, o++) {
    const value = sums[x]!;
    // Weights that sum to 1 but for their rounding can exceed the range by a hair.
    to[o] = value > 255 ? 255 : value;
  }
}

function sinkPairs(to: Uint8Array, { first, weights }: Taps, y: number, row: number): void {
  const rows = between;
  const v = weights[2 * y]!;
  const w = weights[2 * y + 1]!;
  for (let x = 0, p = first[y]! * row, o = y * row; x < row; x++, p++, o++) {
    const value = 0.5 + v * rows[p]! + w * rows[p + row]!;
    to[o] = value > 255 ? 255 : value;
  }
}

function sinkTriples(to: Uint8Array, { first, weights }: Taps, y: number, row: number): void {
  const rows = between;
  const u = weights[3 * y]!;
  const v = weights[3 * y + 1]!;
  const w = weights[3 * y + 2]!;
  for (let x = 0, p = first[y]! * row, o = y * row; x < row; x++, p++, o++) {
    const value = 0.5 + u * rows[p]! + v * rows[p + row]! + w * rows[p + 2 * row]!;
    to[o] = value > 255 ? 255 : value;
  }
}

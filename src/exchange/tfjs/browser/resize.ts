/** RGB values, row by row. */
export interface Picture<Values extends Uint8Array | Float32Array = Uint8Array> {
  readonly width: number;
  readonly height: number;
  readonly pixels: Values;
}

/**
 * Resizes a picture as libvips 8.18 does for sharp with `kernel: 'lanczos3'`, step for step and rounding to bytes where it
 * does, so that a browser gives a network the pixels that it was trained on: they differ by two levels at most, since
 * libvips computes with weights of whole numbers.
 */
export function resize(picture: Picture, width: number, height: number): Picture {
  const shrunk = turned(shrunkRows(turned(shrunkRows(picture, height)), width));
  return width > shrunk.width || height > shrunk.height ? enlarged(shrunk, width, height) : shrunk;
}

// --- internal ---

/** libvips has filters for so many places between two pixels. */
const PHASES = 64;

/** Fewer rows: means of boxes until what is left is less than fourfold, then windowed sines. */
function shrunkRows(picture: Picture, height: number): Picture {
  if (height >= picture.height) return picture;
  const box = Math.max(1, Math.floor(picture.height / height / 2));
  const shrink = picture.height / height / box;
  const filter = { support: Math.round(3 * shrink), of: (x: number) => windowedSine(x / shrink) };
  return bytesOf(filteredRows(means(picture, box), height, (y) => (y + 0.5) * shrink - 0.5, filter));
}

/** Cubic splines along both axes at once. Their middle is half a pixel of the picture away from where it should be. */
function enlarged(picture: Picture, width: number, height: number): Picture {
  const along = <Values extends Uint8Array | Float32Array>(given: Picture<Values>, to: number) => {
    const scale = Math.min(1, given.height / to);
    return filteredRows(given, to, (y) => y * scale - 0.5, { support: 2, of: cubic });
  };
  return bytesOf(turned(along(turned(along(picture, height)), width)));
}

/** Means of so many rows each; the last row counts as often as rows are missing. */
function means({ width, height, pixels }: Picture, rows: number): Picture {
  if (rows === 1) return { width, height, pixels };
  const row = width * 3;
  const fewer = Math.ceil(height / rows);
  const out = new Uint8Array(row * fewer);
  for (let y = 0; y < fewer; y++) {
    for (let x = 0; x < row; x++) {
      let sum = rows >> 1;
      for (let k = 0; k < rows; k++) sum += pixels[Math.min(height - 1, y * rows + k) * row + x];
      out[y * row + x] = Math.floor(sum / rows);
    }
  }
  return { width, height: fewer, pixels: out };
}

interface Filter {
  /** Pixels on each side of the middle that have a part. */
  readonly support: number;
  /** Weight at a distance in pixels, before all weights are made to sum to 1. */
  readonly of: (distance: number) => number;
}

/** @param place where among the rows a row of the result lies */
function filteredRows(
  { width, height, pixels }: Picture<Uint8Array | Float32Array>,
  to: number,
  place: (y: number) => number,
  { support, of }: Filter,
): Picture<Float32Array> {
  const row = width * 3;
  const out = new Float32Array(row * to);
  const taps = Array.from({ length: 2 * support + 1 }, (_, k) => k - support);
  for (let y = 0; y < to; y++) {
    const first = Math.floor(place(y));
    const between = Math.floor((place(y) - first) * PHASES + 0.5) / PHASES;
    const weights = taps.map((tap) => of(tap - between));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    taps.forEach((tap, k) => {
      const weight = weights[k] / sum;
      const from = Math.min(height - 1, Math.max(0, first + tap)) * row;
      for (let x = 0; x < row; x++) out[y * row + x] += weight * pixels[from + x];
    });
  }
  return { width, height: to, pixels: out };
}

/** Rounded, and never beyond black and white. */
function bytesOf({ width, height, pixels }: Picture<Float32Array>): Picture {
  const bytes = Uint8Array.from(pixels, (value) => Math.min(255, Math.max(0, value + 0.5)));
  return { width, height, pixels: bytes };
}

/** Lanczos, a = 3. */
function windowedSine(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= 3) return 0;
  return (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2;
}

/** Catmull and Rom: A class of local interpolating splines (1974). */
function cubic(x: number): number {
  const t = Math.abs(x);
  if (t >= 2) return 0;
  return t <= 1 ? 1.5 * t ** 3 - 2.5 * t ** 2 + 1 : -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2;
}

/** Rows become columns. */
function turned<Values extends Uint8Array | Float32Array>({ width, height, pixels }: Picture<Values>) {
  const out = pixels.slice() as Values;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) out[(x * height + y) * 3 + c] = pixels[(y * width + x) * 3 + c];
    }
  }
  return { width: height, height: width, pixels: out };
}

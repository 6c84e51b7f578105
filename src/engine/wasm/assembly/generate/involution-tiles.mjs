// Involution of the common sizes, one group of one image in a band of rows at a time.
//
// The band is first copied, with zeros around it, into the thread's scratch: one value in dozens of
// multiplications, and then no inner loop knows of borders, of other groups, or of channels that are
// no multiple of 4. The input is never unfolded. Forward, a tile is some pixels × some vectors of
// channels; the gradient to the input is the same as a gather from dy, with the kernels of the
// neighbours; the gradient to the kernel is a dot product over the channels for each pixel and tap.
import { each, range } from '../repeat.mjs';

const ROUTINES = [
  { size: 3, forward: 'involution3', input: 'involutionInput3', kernel: 'involutionKernel3' },
  { size: 5, forward: 'involution5', input: 'involutionInput5', kernel: 'involutionKernel5' },
  { size: 7, forward: 'involution7', input: 'involutionInput7', kernel: 'involutionKernel7' },
];
/** Pixels of a tile, by its vectors of channels: sums, weights and values fill 16 registers, and no more. */
const PIXELS = { 1: 4, 2: 4, 3: 3, 4: 2 };
const VECTORS = Object.keys(PIXELS).map(Number);

/**
 * Output pixels [0, count) of one row: o[p] = Σ over taps of x[p + tap] · weight. Forward the weight is
 * kernel[p][tap]; for the gradient it is kernel[p + tap][K·K − 1 − tap], both counted in the band.
 */
function tile(k, mode, pixels, vectors) {
  const isForward = mode === 'Forward';
  // Columns are numbered within the band; column j meets pixel p at tap j − p. Those that meet all pixels
  // are a loop: V8 loads all that a straight stretch of code loads before it multiplies, so a long
  // stretch would keep its sums in memory.
  const column = (uses) => `{
      ${each(uses, (p) => `const w${p} = ${isForward ? `v128.load32_splat(k${p})` : `v128.load32_splat(q, ${4 * p})`};`)}
      ${each(range(vectors), (v) => `{ const t = v128.load(x, ${16 * v}); ${each(uses, (p) => `a${p}_${v} = fma(t, w${p}, a${p}_${v});`)} }`)}
      x += colStep;
      ${isForward ? each(uses, (p) => `k${p} += 4;`) : 'q += kernelSize - 4;'}
    }`;
  const head = range(pixels - 1).map((j) => column(range(j + 1)));
  const tail = range(pixels - 1).map((j) => column(range(pixels).slice(j + 1)));
  const middle = k - pixels + 1;
  const kernelPointers = each(
    range(pixels),
    (p) => `k${p} = kernels${p ? ` + ${p} * kernelSize` : ''}`,
    ', ',
  );
  return `
function tile${mode}${k}_${pixels}x${vectors}(band: usize, kernels: usize, out: usize, count: i32, rowStep: i32, colStep: i32, nextX: i32, kernelRow: i32, kernelSize: i32, outSize: i32): void {
  const z = f32x4.splat(0);
  for (let n = count; n >= ${pixels}; n -= ${pixels}) {
    ${each(range(pixels), (p) => each(range(vectors), (v) => `let a${p}_${v} = z;`))}
    let line = band, ${isForward ? kernelPointers : `weights = kernels + ${4 * (k * k - 1)}`};
    for (let r = 0; r < ${k}; r++) {
      let x = line; ${isForward ? '' : 'let q = weights;'}
      ${head.join('\n')}
      ${middle > 0 ? `for (let j = ${middle}; j > 0; j--) ${column(range(pixels))}` : ''}
      ${tail.join('\n')}
      line += rowStep;
      ${isForward ? '' : `weights += kernelRow - ${4 * k};`}
    }
    ${each(range(pixels), (p) => `{ const o = out${p ? ` + ${p} * outSize` : ''}; ${each(range(vectors), (v) => `v128.store(o, a${p}_${v}, ${16 * v});`)} }`)}
    band += ${pixels > 1 ? `${pixels} * ` : ''}nextX;
    kernels += ${pixels} * kernelSize;
    out += ${pixels} * outSize;
  }
}`;
}

const rowFunction = (k, mode) => `
// One row of output pixels, all vectors of the group.
function row${mode}${k}(band: usize, kernels: usize, out: usize, count: i32, vectors: i32, rowStep: i32, colStep: i32, nextX: i32, kernelRow: i32, kernelSize: i32, outSize: i32): void {
  const parts = (vectors + 3) / 4;
  let done = 0;
  for (let part = 0; part < parts; part++) {
    const n = (vectors - done + parts - part - 1) / (parts - part);
    const x = band + done * 16, o = out + done * 16;
    ${each(
      VECTORS,
      (v) => `if (n == ${v}) {
      const even = nextX == colStep ? count - count % ${PIXELS[v]} : 0;
      tile${mode}${k}_${PIXELS[v]}x${v}(x, kernels, o, even, rowStep, colStep, nextX, kernelRow, kernelSize, outSize);
      tile${mode}${k}_1x${v}(x + even * nextX, kernels + even * kernelSize, o + even * outSize, count - even, rowStep, colStep, nextX, kernelRow, kernelSize, outSize);
    }`,
      ' else ',
    )}
    done += n;
  }
}`;

/** Dot products of `taps` neighbouring taps, from `first` on, for one or two pixels. */
const dots = (k, first, taps, pixels) => {
  const columns = taps + pixels - 1;
  const names = ['a', 'b'];
  const sum = (p, j) => (j < taps ? `${names[p]}${j}` : 'z');
  const put = (p) => {
    const value = `transposedSums(${range(4)
      .map((j) => sum(p, j))
      .join(', ')})`;
    const at = `o${p ? ' + kernelSize' : ''}`;
    return taps === 4
      ? `v128.store(${at}, ${value}, ${4 * first});`
      : `storePart(${at} + ${4 * first}, ${value}, ${taps});`;
  };
  return `{
    ${each(range(columns), (j) => `let x${j} = line + ${first + j} * colStep;`)}
    ${each(range(pixels), (p) => `let d${p} = dy${p ? ' + dySize' : ''};`)}
    ${each(range(pixels), (p) => each(range(taps), (j) => `let ${names[p]}${j} = z;`))}
    for (let n = vectors; n > 0; n--) {
      ${each(range(pixels), (p) => `const t${p} = v128.load(d${p}); d${p} += 16;`)}
      ${each(
        range(columns),
        (j) =>
          `{ const v = v128.load(x${j}); x${j} += 16; ${each(
            range(pixels).filter((p) => j - p >= 0 && j - p < taps),
            (p) => `${names[p]}${j - p} = fma(t${p}, v, ${names[p]}${j - p});`,
          )} }`,
      )}
    }
    ${each(range(pixels), put)}
  }`;
};

const kernelFunction = (k, pixels) => `
// Gradient to the kernels of ${pixels} neighbouring pixel(s).
function kernelGrad${k}_${pixels}(band: usize, dy: usize, to: usize, vectors: i32, rowStep: i32, colStep: i32, dySize: i32, kernelSize: i32): void {
  const z = f32x4.splat(0);
  let line = band, o = to;
  for (let r = 0; r < ${k}; r++) {
    ${k === 3 ? dots(k, 0, 3, pixels) : dots(k, 0, 4, pixels) + dots(k, k - 4, 4, pixels)}
    line += rowStep;
    o += ${4 * k};
  }
}`;

const DRIVER_ARGS =
  'batch: i32, height: i32, width: i32, channels: i32, groups: i32, stride: i32, dilation: i32, before: i32, outH: i32, outW: i32, bandRows: i32, scratch: Scratch, scratchStride: i32';

/** `height` and `width` are those of the map that comes out. */
const prologue = (k, height = 'outH', width = 'outW') => `
  const depth = channels / groups, padded = (depth + 3) & ~3, vectors = padded / 4;
  const bands = (${height} + bandRows - 1) / bandRows, reach = dilation * ${k - 1};
  const pixel = padded * 4, kernelSize = groups * ${4 * k * k};
  const bandW = (${width} - 1) * stride + reach + 1;
  const mine = scratch + tid * scratchStride;`;

const item = (height = 'outH') => `
    const g = item % groups, band = (item / groups) % bands, b = item / (bands * groups);
    const y0 = band * bandRows, rows = imin(bandRows, ${height} - y0);`;

const drivers = ({ size: k, forward, input, kernel }) => `
// Items: images × bands of \`bandRows\` output rows × groups; the groups of a band share cache lines.
export function ${forward}(tid: i32, items: i32, x: In, kernel: In, to: Out, ${DRIVER_ARGS}): void {${prologue(k)}
  const bandH = (bandRows - 1) * stride + reach + 1, line = bandW * pixel, result = mine + bandH * line;
  for (let item = nextItem(); item < items; item = nextItem()) {${item()}
    copyBand(x + (b * height * width * channels + g * depth) * 4, channels * 4, depth, padded, height, width, y0 * stride - before, (rows - 1) * stride + reach + 1, -before, bandW, mine);
    for (let r = 0; r < rows; r++) {
      const first = (b * outH + y0 + r) * outW;
      const o = to + (first * channels + g * depth) * 4;
      const isExact = depth == padded;
      touchPieces(tid, kernel + first * kernelSize + g * ${4 * k * k}, ${4 * k * k}, outW, kernelSize);
      touchPieces(tid, o, depth * 4, outW, channels * 4);
      rowForward${k}(mine + r * stride * line, kernel + first * kernelSize + g * ${4 * k * k}, isExact ? o : result, outW, vectors, dilation * line, dilation * pixel, stride * pixel, 0, kernelSize, isExact ? channels * 4 : pixel);
      if (!isExact) for (let i = 0; i < outW; i++) memory.copy(o + i * channels * 4, result + i * pixel, depth * 4);
    }
  }
}

// Stride and dilation 1.
export function ${input}(tid: i32, items: i32, dy: In, kernel: In, to: Out, ${DRIVER_ARGS}): void {${prologue(k, 'height', 'width')}
  const bandH = bandRows + ${k - 1}, line = bandW * pixel, kernelLine = bandW * ${4 * k * k};
  const kernels = mine + bandH * line, result = kernels + bandH * kernelLine;
  for (let item = nextItem(); item < items; item = nextItem()) {${item('height')}
    const first = before - ${k - 1};
    copyBand(dy + (b * outH * outW * channels + g * depth) * 4, channels * 4, depth, padded, outH, outW, y0 + first, rows + ${k - 1}, first, bandW, mine);
    copyBand(kernel + b * outH * outW * kernelSize + g * ${4 * k * k}, kernelSize, ${k * k}, ${k * k}, outH, outW, y0 + first, rows + ${k - 1}, first, bandW, kernels);
    for (let r = 0; r < rows; r++) {
      const o = to + (((b * height + y0 + r) * width) * channels + g * depth) * 4;
      const isExact = depth == padded;
      touchPieces(tid, o, depth * 4, width, channels * 4);
      rowInput${k}(mine + r * line, kernels + r * kernelLine, isExact ? o : result, width, vectors, line, pixel, pixel, kernelLine, ${4 * k * k}, isExact ? channels * 4 : pixel);
      if (!isExact) for (let i = 0; i < width; i++) memory.copy(o + i * channels * 4, result + i * pixel, depth * 4);
    }
  }
}

export function ${kernel}(tid: i32, items: i32, x: In, dy: In, to: Out, ${DRIVER_ARGS}): void {${prologue(k)}
  const bandH = (bandRows - 1) * stride + reach + 1, line = bandW * pixel, own = mine + bandH * line;
  for (let item = nextItem(); item < items; item = nextItem()) {${item()}
    copyBand(x + (b * height * width * channels + g * depth) * 4, channels * 4, depth, padded, height, width, y0 * stride - before, (rows - 1) * stride + reach + 1, -before, bandW, mine);
    for (let r = 0; r < rows; r++) {
      const first = (b * outH + y0 + r) * outW;
      let d = dy + (first * channels + g * depth) * 4, dySize = channels * 4;
      touchPieces(tid, d, depth * 4, outW, dySize);
      touchPieces(tid, to + first * kernelSize + g * ${4 * k * k}, ${4 * k * k}, outW, kernelSize);
      if (depth != padded) {
        copyBand(d, channels * 4, depth, padded, 1, outW, 0, 1, 0, outW, own);
        d = own;
        dySize = pixel;
      }
      let p = mine + r * stride * line, o = to + first * kernelSize + g * ${4 * k * k}, i = 0;
      if (stride == 1 && dilation == 1) {
        for (; i + 2 <= outW; i += 2) {
          kernelGrad${k}_2(p, d, o, vectors, line, pixel, dySize, kernelSize);
          p += 2 * pixel; d += 2 * dySize; o += 2 * kernelSize;
        }
      }
      for (; i < outW; i++) {
        kernelGrad${k}_1(p, d, o, vectors, dilation * line, dilation * pixel, dySize, kernelSize);
        p += stride * pixel; d += dySize; o += kernelSize;
      }
    }
  }
}`;

export const generate = () => `import { fma, imin, nextItem, storePart, touchPieces } from './primitives';
import { In, Out, Scratch } from './roles';

// Rows [y, y + rows) and columns [x, x + columns) of an image, \`values\` values of each pixel,
// \`padded\` apart in the copy; zeros outside the image and behind the values.
function copyBand(from: usize, pixelSize: i32, values: i32, padded: i32, height: i32, width: i32, y: i32, rows: i32, x: i32, columns: i32, to: usize): void {
  const size = padded * 4, first = imin(columns, x < 0 ? -x : 0), last = imin(columns, width - x);
  for (let row = 0; row < rows; row++) {
    let o = to + row * columns * size;
    if (<u32>(y + row) >= <u32>height) { memory.fill(o, 0, columns * size); continue; }
    memory.fill(o, 0, first * size);
    memory.fill(o + last * size, 0, (columns - last) * size);
    let p = from + ((y + row) * width + x + first) * pixelSize;
    o += first * size;
    for (let i = first; i < last; i++, p += pixelSize, o += size) {
      let c = 0;
      for (; c + 4 <= values; c += 4) v128.store(o + c * 4, v128.load(p + c * 4));
      for (; c < values; c++) store<f32>(o + c * 4, load<f32>(p + c * 4));
      for (; c < padded; c++) store<f32>(o + c * 4, 0);
    }
  }
}

// The sums of the lanes of four vectors, as one vector.
function transposedSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const s = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const t = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(s, t, 0, 1, 4, 5), v128.shuffle<f32>(s, t, 2, 3, 6, 7));
}
${ROUTINES.map(({ size: k, ...names }) =>
  [
    ...['Forward', 'Input'].flatMap((mode) => [
      ...VECTORS.flatMap((v) => [tile(k, mode, PIXELS[v], v), tile(k, mode, 1, v)]),
      rowFunction(k, mode),
    ]),
    kernelFunction(k, 2),
    kernelFunction(k, 1),
    drivers({ size: k, ...names }),
  ].join('\n'),
).join('\n')}
`;

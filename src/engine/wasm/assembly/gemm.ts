// Matrix multiplication, and convolution as matrix multiplication over gathered rows.
import { addRows } from './addend';
import { imin, nextItem, storePart, touch } from './common';
import { panel } from './gemm-strips';
import { In, Out, Scratch } from './roles';

/** Columns of B that stand together: panel p holds columns 8p … 8p + 7, row by row, padded with zeros. */
const PANEL: i32 = 8;
/** Rows of B that are used before going on: panel and strip of A stay in the first cache. */
const BLOCK_K: i32 = 256;

/**
 * Packs rows [0, rows) of B into panels, at row `first` of panels of `total` rows.
 * B is [rows, columns] with `ldb` bytes a row, or [columns, rows] if `transposed`. Items: panels.
 */
export function packPanels(
  _tid: i32,
  items: i32,
  b: In,
  ldb: i32,
  packed: Out,
  rows: i32,
  columns: i32,
  transposed: i32,
  first: i32,
  total: i32,
): void {
  for (let p = nextItem(); p < items; p = nextItem()) {
    const n = p * PANEL;
    const to = packed + (p * total + first) * 32;
    const width = imin(PANEL, columns - n);
    if (transposed) packTransposed(b + n * ldb, ldb, to, rows, width);
    else packRows(b + n * 4, ldb, to, rows, width);
  }
}

/** Copies [rows, width] to rows of 8, padded with zeros. */
export function packRows(from: usize, stride: i32, to: usize, rows: i32, width: i32): void {
  if (width == PANEL) {
    for (let k = 0; k < rows; k++) {
      v128.store(to, v128.load(from));
      v128.store(to, v128.load(from, 16), 16);
      from += stride;
      to += 32;
    }
    return;
  }
  for (let k = 0; k < rows; k++) {
    for (let j = 0; j < PANEL; j++) store<f32>(to + j * 4, j < width ? load<f32>(from + j * 4) : 0);
    from += stride;
    to += 32;
  }
}

/** Copies [width, rows] to [rows, 8], padded with zeros. */
export function packTransposed(from: usize, stride: i32, to: usize, rows: i32, width: i32): void {
  if (width < PANEL) {
    for (let k = 0; k < rows; k++, to += 32) {
      for (let j = 0; j < PANEL; j++)
        store<f32>(to + j * 4, j < width ? load<f32>(from + j * stride + k * 4) : 0);
    }
    return;
  }
  transpose4(from, stride, to, 32, rows);
  transpose4(from + 4 * stride, stride, to + 16, 32, rows);
}

/** Transposes 4 rows of `count` values, `stride` bytes apart, to `count` rows of 4 values. */
function transpose4(from: usize, stride: i32, to: usize, toStride: i32, count: i32): void {
  const s1 = from + stride,
    s2 = s1 + stride,
    s3 = s2 + stride;
  let k = 0;
  for (; k + 4 <= count; k += 4) {
    const o = k * 4;
    const a = v128.load(from + o),
      b = v128.load(s1 + o),
      c = v128.load(s2 + o),
      d = v128.load(s3 + o);
    const p = v128.shuffle<f32>(a, b, 0, 4, 1, 5),
      q = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
    const r = v128.shuffle<f32>(a, b, 2, 6, 3, 7),
      t = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(p, q, 0, 1, 4, 5));
    to += toStride;
    v128.store(to, v128.shuffle<f32>(p, q, 2, 3, 6, 7));
    to += toStride;
    v128.store(to, v128.shuffle<f32>(r, t, 0, 1, 4, 5));
    to += toStride;
    v128.store(to, v128.shuffle<f32>(r, t, 2, 3, 6, 7));
    to += toStride;
  }
  for (; k < count; k++) {
    store<f32>(to, load<f32>(from + k * 4));
    store<f32>(to, load<f32>(s1 + k * 4), 4);
    store<f32>(to, load<f32>(s2 + k * 4), 8);
    store<f32>(to, load<f32>(s3 + k * 4), 12);
    to += toStride;
  }
}

/** Transposes [rows, columns] to [columns, rows]; both strides in bytes. */
export function transpose(from: usize, stride: i32, to: usize, toStride: i32, rows: i32, columns: i32): void {
  let m = 0;
  for (; m + 4 <= rows; m += 4) transpose4(from + m * stride, stride, to + m * 4, toStride, columns);
  for (; m < rows; m++) {
    for (let k = 0; k < columns; k++)
      store<f32>(to + k * toStride + m * 4, load<f32>(from + m * stride + k * 4));
  }
}

/** Transposes `items` matrices [rows, columns] that stand one behind the other. */
export function transposeMatrices(_tid: i32, items: i32, from: In, to: Out, rows: i32, columns: i32): void {
  const size = rows * columns * 4;
  for (let i = nextItem(); i < items; i = nextItem()) {
    transpose(from + i * size, columns * 4, to + i * size, rows * 4, rows, columns);
  }
}

/** C = relu?(C + bias?): apart from the products, whose inner loops have no register to spare. */
export function finish(c: usize, ldc: i32, rows: i32, n: i32, bias: usize, relu: i32): void {
  if (!bias && !relu) return;
  const z = f32x4.splat(0);
  for (let row = 0; row < rows; row++, c += ldc) {
    for (let j = 0; j < n; j += 4) {
      let v = v128.load(c + j * 4);
      if (bias) v = f32x4.add(v, v128.load(bias + j * 4));
      // In this order NaN stays NaN, so that a run that diverged is seen.
      if (relu) v = f32x4.pmax(v, z);
      storePart(c + j * 4, v, n - j);
    }
  }
}

/** C[rows, n] (+)= A[rows, count] · panels; `total` rows of B in a panel, `at` the first to be used. */
export function multiply(
  a: usize,
  lda: i32,
  rows: i32,
  packed: usize,
  total: i32,
  at: i32,
  count: i32,
  c: usize,
  ldc: i32,
  n: i32,
  add: i32,
): void {
  for (let j = 0; j < n; j += PANEL) {
    const b = packed + (j * total + at * PANEL) * 4;
    panel(a, lda, rows, b, c + j * 4, ldc, count, imin(PANEL, n - j), add);
  }
}

/**
 * `batches` products C[M,N] = relu?(A[M,K] · B[K,N] + bias?), B packed; strides between the matrices
 * in bytes (0: the same for all). With an `addend` C is that of one product, its rows are the places of maps of
 * mapH×mapW, and the addend's are added to them (see addend.ts).
 * Items: batches × blocks of `blockM` rows × blocks of `blockN` columns.
 */
export function gemm(
  tid: i32,
  items: i32,
  a: In,
  lda: i32,
  packed: In,
  c: Out,
  ldc: i32,
  m: i32,
  n: i32,
  k: i32,
  blockM: i32,
  blockN: i32,
  bias: In,
  relu: i32,
  strideA: i32,
  strideB: i32,
  strideC: i32,
  addend: In,
  mapH: i32,
  mapW: i32,
  shift: i32,
): void {
  const blocksN = (n + blockN - 1) / blockN;
  const blocks = blocksN * ((m + blockM - 1) / blockM);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const batch = item / blocks,
      block = item - batch * blocks;
    const m0 = (block / blocksN) * blockM,
      n0 = (block % blocksN) * blockN;
    const rows = imin(blockM, m - m0),
      columns = imin(blockN, n - n0);
    const from = a + batch * strideA + m0 * lda,
      panels = packed + batch * strideB + n0 * k * 4,
      to = c + batch * strideC + m0 * ldc + n0 * 4;
    if (k >= n) touch(tid, from, rows * lda);
    for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
      const count = imin(BLOCK_K, k - k0);
      multiply(from + k0 * 4, lda, rows, panels, k, k0, count, to, ldc, columns, i32(k0 > 0));
    }
    finish(to, ldc, rows, columns, bias ? bias + n0 * 4 : 0, relu);
    if (addend) addRows(to, ldc, m0, rows, columns, addend + n0 * 4, n, mapH, mapW, shift);
  }
}

/**
 * Gathers columns [k0, k0 + count) of rows [m0, m0 + rows) of the matrix that a convolution
 * multiplies: row (b, ry, rx) holds, tap by tap, the `channels` values of source pixel
 * (ry·step + tapY, rx·step + tapX), zero outside the source. Taps are pairs of i32.
 * Writes up to 12 bytes past each row.
 */
function gather(
  source: usize,
  height: i32,
  width: i32,
  channels: i32,
  step: i32,
  taps: usize,
  gridH: i32,
  gridW: i32,
  m0: i32,
  rows: i32,
  k0: i32,
  count: i32,
  to: usize,
  stride: i32,
): void {
  const zero = f32x4.splat(0);
  let rx = m0 % gridW,
    ry = (m0 / gridW) % gridH,
    b = m0 / (gridW * gridH);
  const firstTap = k0 / channels,
    firstChannel = k0 - firstTap * channels;
  for (let m = 0; m < rows; m++, to += stride) {
    let tap = taps + firstTap * 8,
      channel = firstChannel,
      left = count,
      o = to;
    while (left > 0) {
      const n = imin(channels - channel, left);
      const y = ry * step + load<i32>(tap),
        x = rx * step + load<i32>(tap, 4);
      if (<u32>y < <u32>height && <u32>x < <u32>width) {
        const from = source + (((b * height + y) * width + x) * channels + channel) * 4;
        for (let i = 0; i < n; i += 4) v128.store(o + i * 4, v128.load(from + i * 4));
      } else {
        for (let i = 0; i < n; i += 4) v128.store(o + i * 4, zero);
      }
      o += n * 4;
      left -= n;
      channel = 0;
      tap += 8;
    }
    if (++rx == gridW) {
      rx = 0;
      if (++ry == gridH) {
        ry = 0;
        b++;
      }
    }
  }
}

/**
 * Convolution over a grid of rows (b, ry, rx): target pixel (ry·targetStep + targetY,
 * rx·targetStep + targetX) of each image gets the product of its gathered row (see `gather`) and B.
 * The forward pass has targetStep 1; the gradient to the input of a convolution of stride s has a
 * call for each of the s² classes of pixels, with the taps that reach them. Only the forward pass has an addend.
 * Items: blocks of `blockM` rows. Scratch a thread: `scratchStride` bytes.
 */
export function convolve(
  tid: i32,
  items: i32,
  source: In,
  height: i32,
  width: i32,
  channels: i32,
  step: i32,
  taps: In,
  tapCount: i32,
  packed: In,
  n: i32,
  bias: In,
  relu: i32,
  batch: i32,
  gridH: i32,
  gridW: i32,
  target: Out,
  targetH: i32,
  targetW: i32,
  targetStep: i32,
  targetY: i32,
  targetX: i32,
  blockM: i32,
  scratch: Scratch,
  scratchStride: i32,
  addend: In,
  shift: i32,
): void {
  const m = batch * gridH * gridW,
    k = tapCount * channels,
    ldc = n * 4;
  const lda = (BLOCK_K + 4) * 4;
  const rowsAt = scratch + tid * scratchStride,
    sumsAt = rowsAt + blockM * lda;
  const isDense = targetStep == 1 && gridH == targetH && gridW == targetW;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const m0 = item * blockM,
      rows = imin(blockM, m - m0);
    const to = isDense ? target + m0 * ldc : sumsAt;
    for (let k0 = 0; k0 < k; k0 += BLOCK_K) {
      const count = imin(BLOCK_K, k - k0);
      gather(source, height, width, channels, step, taps, gridH, gridW, m0, rows, k0, count, rowsAt, lda);
      multiply(rowsAt, lda, rows, packed, k, k0, count, to, ldc, n, i32(k0 > 0));
    }
    finish(to, ldc, rows, n, bias, relu);
    if (addend) addRows(to, ldc, m0, rows, n, addend, n, gridH, gridW, shift);
    if (isDense) continue;
    for (let i = 0; i < rows; i++) {
      const row = m0 + i,
        rx = row % gridW,
        ry = (row / gridW) % gridH,
        b = row / (gridW * gridH);
      const pixel = (b * targetH + ry * targetStep + targetY) * targetW + rx * targetStep + targetX;
      memory.copy(target + pixel * ldc, sumsAt + i * ldc, ldc);
    }
  }
}

/**
 * Gradient to the weights: D[k, n] = Σ_m R[m, k] · dY[m, n], R the gathered rows (or X itself,
 * [M, channels], if `isDense`). Items: `slices` of the rows × blocks of `blockK` values of k. Each slice
 * writes a sum of its own at `sums`, `sumStride` bytes apart; reduceSlices adds them in order.
 * Slices and blocks depend on the shape alone, so the sum is the same on any number of threads.
 */
export function convolveGrad(
  tid: i32,
  items: i32,
  source: In,
  height: i32,
  width: i32,
  channels: i32,
  step: i32,
  taps: In,
  tapCount: i32,
  dy: In,
  n: i32,
  m: i32,
  gridH: i32,
  gridW: i32,
  isDense: i32,
  slices: i32,
  blockK: i32,
  blockM: i32,
  sums: Out,
  sumStride: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const k = tapCount * channels,
    ldn = n * 4;
  const blocks = (m + blockM - 1) / blockM;
  const ldt = (blockM + 4) * 4,
    ldr = (blockK + 4) * 4;
  const turned = scratch + tid * scratchStride,
    packed = turned + blockK * ldt,
    rowsAt = packed + ((n + PANEL - 1) & ~(PANEL - 1)) * blockM * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const slice = item % slices;
    const k0 = (item / slices) * blockK,
      count = imin(blockK, k - k0);
    const first = <i32>((<i64>blocks * slice) / slices),
      end = <i32>((<i64>blocks * (slice + 1)) / slices);
    const to = sums + slice * sumStride + k0 * ldn;
    for (let block = first; block < end; block++) {
      const m0 = block * blockM,
        rows = imin(blockM, m - m0);
      if (isDense) {
        if (count == channels) touch(tid, source + m0 * channels * 4, rows * channels * 4);
        transpose(source + (m0 * channels + k0) * 4, channels * 4, turned, ldt, rows, count);
      } else {
        gather(source, height, width, channels, step, taps, gridH, gridW, m0, rows, k0, count, rowsAt, ldr);
        transpose(rowsAt, ldr, turned, ldt, rows, count);
      }
      touch(tid, dy + m0 * ldn, rows * ldn);
      for (let j = 0; j < n; j += PANEL) {
        packRows(dy + m0 * ldn + j * 4, ldn, packed + j * rows * 4, rows, imin(PANEL, n - j));
      }
      multiply(turned, ldt, count, packed, rows, 0, rows, to, ldn, n, i32(block > first));
    }
  }
}

/** to[i] = Σ_s from[s·stride + i], in the order of s. Items: blocks of 4096 values. */
export function reduceSlices(
  _tid: i32,
  items: i32,
  from: In,
  stride: i32,
  slices: i32,
  to: Out,
  count: i32,
): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * 4096);
    let i = item * 4096;
    for (; i + 4 <= end; i += 4) {
      let p = from + i * 4;
      let sum = v128.load(p);
      for (let s = 1; s < slices; s++) {
        p += stride;
        sum = f32x4.add(sum, v128.load(p));
      }
      v128.store(to + i * 4, sum);
    }
    for (; i < end; i++) {
      let p = from + i * 4;
      let sum = load<f32>(p);
      for (let s = 1; s < slices; s++) {
        p += stride;
        sum += load<f32>(p);
      }
      store<f32>(to + i * 4, sum);
    }
  }
}

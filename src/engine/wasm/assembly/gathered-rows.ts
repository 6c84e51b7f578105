// Convolution as matrix multiplication over gathered rows, and its gradient to the weights.
import { addRows } from './addend';
import { imin, nextItem, touch } from './primitives';
import { BLOCK_K, finish, multiply } from './gemm';
import { PANEL, packRows, transpose } from './packing';
import { In, Out, Scratch } from './roles';

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

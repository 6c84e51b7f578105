// Involution with a kernel of its own for every channel: as many groups as channels, any size, stride and dilation.
// Lanes are 4 channels; kernels, which lie tap by tap, are turned 4×4 on their way.
import { clearRow, fma, imin, nextItem, storePart, touch } from './common';
import { In, Out, Scratch } from './roles';

/**
 * Writes down, for the output pixel (oy, ox), where the pixel under each of the size² taps lies: `elsewhere` for
 * those outside the image.
 */
function addressTaps(
  table: usize,
  image: usize,
  elsewhere: usize,
  oy: i32,
  ox: i32,
  size: i32,
  stride: i32,
  dilation: i32,
  height: i32,
  width: i32,
  cs: i32,
): void {
  const reach = (dilation * (size - 1)) / 2;
  for (let v = 0; v < size; v++) {
    const y = oy * stride + v * dilation - reach;
    for (let u = 0; u < size; u++, table += 4) {
      const x = ox * stride + u * dilation - reach;
      const isInside = <u32>y < <u32>height && <u32>x < <u32>width;
      store<i32>(table, <i32>(isInside ? image + (y * width + x) * cs : elsewhere));
    }
  }
}

/** 4 values of each of up to 4 rows. */
function rowOf(at: usize, row: i32, rows: i32, rowSize: i32): v128 {
  return row < rows ? v128.load(at + row * rowSize) : f32x4.splat(0);
}

/** One value of each of up to 4 rows, as one vector. */
function columnOf(at: usize, rows: i32, rowSize: i32): v128 {
  let v = v128.load32_splat(at);
  if (rows > 1) v = f32x4.replace_lane(v, 1, load<f32>(at + rowSize));
  if (rows > 2) v = f32x4.replace_lane(v, 2, load<f32>(at + 2 * rowSize));
  if (rows > 3) v = f32x4.replace_lane(v, 3, load<f32>(at + 3 * rowSize));
  return v;
}

/**
 * y = Σ over the taps of kernel · x. Items: blocks of `blockPixels` pixels of the output. Scratch a thread: a row of
 * zeros, then the table of the taps.
 */
export function involutionNarrow(
  tid: i32,
  items: i32,
  x: In,
  kernel: In,
  y: Out,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  size: i32,
  stride: i32,
  dilation: i32,
  outH: i32,
  outW: i32,
  blockPixels: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const cs = channels * 4,
    taps = size * size,
    pixels = batch * outH * outW,
    kernelRow = taps * 4;
  const zeros = scratch + tid * scratchStride,
    table = zeros + ((cs + 79) & ~63);
  memory.fill(zeros, 0, cs + 16);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(pixels, (item + 1) * blockPixels);
    for (let pixel = item * blockPixels; pixel < end; pixel++) {
      const b = pixel / (outH * outW),
        place = pixel - b * outH * outW,
        oy = place / outW;
      const image = x + b * height * width * cs;
      addressTaps(table, image, zeros, oy, place - oy * outW, size, stride, dilation, height, width, cs);
      touch(tid, kernel + pixel * channels * kernelRow, channels * kernelRow);
      for (let c = 0; c < cs; c += 16) {
        const rows = imin(4, (cs - c) >> 2);
        let w = kernel + (pixel * channels + (c >> 2)) * kernelRow;
        let sum = f32x4.splat(0);
        let t = table;
        let n = taps;
        for (; n >= 4; n -= 4, t += 16, w += 16) {
          const r0 = v128.load(w),
            r1 = rowOf(w, 1, rows, kernelRow),
            r2 = rowOf(w, 2, rows, kernelRow),
            r3 = rowOf(w, 3, rows, kernelRow);
          const p = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5),
            q = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5),
            r = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7),
            s = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
          sum = fma(v128.shuffle<f32>(p, q, 0, 1, 4, 5), v128.load(<usize>load<u32>(t) + c), sum);
          sum = fma(v128.shuffle<f32>(p, q, 2, 3, 6, 7), v128.load(<usize>load<u32>(t, 4) + c), sum);
          sum = fma(v128.shuffle<f32>(r, s, 0, 1, 4, 5), v128.load(<usize>load<u32>(t, 8) + c), sum);
          sum = fma(v128.shuffle<f32>(r, s, 2, 3, 6, 7), v128.load(<usize>load<u32>(t, 12) + c), sum);
        }
        for (; n > 0; n--, t += 4, w += 4) {
          sum = fma(columnOf(w, rows, kernelRow), v128.load(<usize>load<u32>(t) + c), sum);
        }
        storePart(y + pixel * cs + c, sum, rows);
      }
    }
  }
}

/** The 4 values of up to 4 rows, turned back from vectors of columns. */
function storeRows(to: usize, a: v128, b: v128, c: v128, d: v128, rows: i32, rowSize: i32): void {
  const p = v128.shuffle<f32>(a, b, 0, 4, 1, 5),
    q = v128.shuffle<f32>(c, d, 0, 4, 1, 5),
    r = v128.shuffle<f32>(a, b, 2, 6, 3, 7),
    s = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(p, q, 0, 1, 4, 5));
  if (rows > 1) v128.store(to + rowSize, v128.shuffle<f32>(p, q, 2, 3, 6, 7));
  if (rows > 2) v128.store(to + 2 * rowSize, v128.shuffle<f32>(r, s, 0, 1, 4, 5));
  if (rows > 3) v128.store(to + 3 * rowSize, v128.shuffle<f32>(r, s, 2, 3, 6, 7));
}

/** Gradient to the kernels: dy · x, tap by tap. Items and scratch as above. */
export function involutionNarrowKernel(
  tid: i32,
  items: i32,
  x: In,
  kernel: Out,
  dy: In,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  size: i32,
  stride: i32,
  dilation: i32,
  outH: i32,
  outW: i32,
  blockPixels: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const cs = channels * 4,
    taps = size * size,
    pixels = batch * outH * outW,
    kernelRow = taps * 4;
  const zeros = scratch + tid * scratchStride,
    table = zeros + ((cs + 79) & ~63);
  memory.fill(zeros, 0, cs + 16);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(pixels, (item + 1) * blockPixels);
    for (let pixel = item * blockPixels; pixel < end; pixel++) {
      const b = pixel / (outH * outW),
        place = pixel - b * outH * outW,
        oy = place / outW;
      const image = x + b * height * width * cs;
      addressTaps(table, image, zeros, oy, place - oy * outW, size, stride, dilation, height, width, cs);
      touch(tid, kernel + pixel * channels * kernelRow, channels * kernelRow);
      for (let c = 0; c < cs; c += 16) {
        const rows = imin(4, (cs - c) >> 2),
          d = v128.load(dy + pixel * cs + c);
        let w = kernel + (pixel * channels + (c >> 2)) * kernelRow;
        let t = table;
        let n = taps;
        for (; n >= 4; n -= 4, t += 16, w += 16) {
          storeRows(
            w,
            f32x4.mul(d, v128.load(<usize>load<u32>(t) + c)),
            f32x4.mul(d, v128.load(<usize>load<u32>(t, 4) + c)),
            f32x4.mul(d, v128.load(<usize>load<u32>(t, 8) + c)),
            f32x4.mul(d, v128.load(<usize>load<u32>(t, 12) + c)),
            rows,
            kernelRow,
          );
        }
        for (; n > 0; n--, t += 4, w += 4) {
          const v = f32x4.mul(d, v128.load(<usize>load<u32>(t) + c));
          store<f32>(w, f32x4.extract_lane(v, 0));
          if (rows > 1) store<f32>(w + kernelRow, f32x4.extract_lane(v, 1));
          if (rows > 2) store<f32>(w + 2 * kernelRow, f32x4.extract_lane(v, 2));
          if (rows > 3) store<f32>(w + 3 * kernelRow, f32x4.extract_lane(v, 3));
        }
      }
    }
  }
}

/** dx += kernel · dy for up to 4 channels. */
function scatter(to: usize, w: v128, d: v128, rows: i32): void {
  const sum = fma(w, d, v128.load(to));
  if (rows >= 4) v128.store(to, sum);
  else storePart(to, sum, rows);
}

/**
 * Gradient to the input, added up tap by tap. Items: images × blocks of `blockC` bytes of channels, so that no two
 * threads add to one value. Scratch a thread: a row for what falls outside, then the table of the taps.
 */
export function involutionNarrowInput(
  tid: i32,
  items: i32,
  dx: Out,
  kernel: In,
  dy: In,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  size: i32,
  stride: i32,
  dilation: i32,
  outH: i32,
  outW: i32,
  blockC: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const cs = channels * 4,
    taps = size * size,
    kernelRow = taps * 4,
    blocks = (cs + blockC - 1) / blockC;
  const outside = scratch + tid * scratchStride,
    table = outside + ((cs + 79) & ~63);
  memory.fill(outside, 0, cs + 16);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const b = item / blocks,
      c0 = (item - b * blocks) * blockC,
      c1 = imin(cs, c0 + blockC);
    const image = dx + b * height * width * cs;
    // Rows are cleared when the first window reaches them.
    let cleared = 0;
    for (let place = 0; place < outH * outW; place++) {
      const pixel = b * outH * outW + place,
        oy = place / outW;
      const reached = imin(height, oy * stride + (dilation * (size - 1)) / 2 + 1);
      for (; cleared < reached; cleared++) clearRow(image + cleared * width * cs, width, cs, c0, c1);
      addressTaps(table, image, outside, oy, place - oy * outW, size, stride, dilation, height, width, cs);
      touch(tid, kernel + (pixel * channels + (c0 >> 2)) * kernelRow, ((c1 - c0) >> 2) * kernelRow);
      for (let c = c0; c < c1; c += 16) {
        const rows = imin(4, (cs - c) >> 2),
          d = v128.load(dy + pixel * cs + c);
        let w = kernel + (pixel * channels + (c >> 2)) * kernelRow;
        let t = table;
        let n = taps;
        for (; n >= 4; n -= 4, t += 16, w += 16) {
          const r0 = v128.load(w),
            r1 = rowOf(w, 1, rows, kernelRow),
            r2 = rowOf(w, 2, rows, kernelRow),
            r3 = rowOf(w, 3, rows, kernelRow);
          const p = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5),
            q = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5),
            r = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7),
            s = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
          scatter(<usize>load<u32>(t) + c, v128.shuffle<f32>(p, q, 0, 1, 4, 5), d, rows);
          scatter(<usize>load<u32>(t, 4) + c, v128.shuffle<f32>(p, q, 2, 3, 6, 7), d, rows);
          scatter(<usize>load<u32>(t, 8) + c, v128.shuffle<f32>(r, s, 0, 1, 4, 5), d, rows);
          scatter(<usize>load<u32>(t, 12) + c, v128.shuffle<f32>(r, s, 2, 3, 6, 7), d, rows);
        }
        for (; n > 0; n--, t += 4, w += 4) {
          scatter(<usize>load<u32>(t) + c, columnOf(w, rows, kernelRow), d, rows);
        }
      }
    }
    for (; cleared < height; cleared++) clearRow(image + cleared * width * cs, width, cs, c0, c1);
  }
}

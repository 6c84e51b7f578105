// Depthwise convolution of any size, stride and dilation, and the packing of its weights.
import { fma, imin, nextItem, storePart } from './common';
import { In, Out } from './roles';

/** [taps][channels] → [channels/4][taps][4], zeros behind the last channel; `flip` reverses the taps. */
export function packDepthwise(
  _tid: i32,
  _items: i32,
  from: In,
  to: Out,
  taps: i32,
  channels: i32,
  flip: i32,
): void {
  for (let tap = 0; tap < taps; tap++) {
    const source = from + (flip ? taps - 1 - tap : tap) * channels * 4;
    for (let c = 0; c < channels; c += 4) {
      const o = to + (c * taps + tap * 4) * 4;
      v128.store(o, f32x4.splat(0));
      storePart(o, v128.load(source + c * 4), imin(4, channels - c));
    }
  }
}

/** Adds up the slices' sums in order: [slices][channels/4][taps][4] → [taps][channels]. */
export function unpackDepthwise(
  _tid: i32,
  _items: i32,
  from: In,
  stride: i32,
  slices: i32,
  to: Out,
  taps: i32,
  channels: i32,
): void {
  for (let c = 0; c < channels; c += 4) {
    for (let tap = 0; tap < taps; tap++) {
      let p = from + (c * taps + tap * 4) * 4;
      let sum = v128.load(p);
      for (let slice = 1; slice < slices; slice++) {
        p += stride;
        sum = f32x4.add(sum, v128.load(p));
      }
      storePart(to + (tap * channels + c) * 4, sum, imin(4, channels - c));
    }
  }
}

/** Items: blocks of `blockRows` rows of the output. */
export function depthwise(
  _tid: i32,
  items: i32,
  x: In,
  weights: In,
  to: Out,
  rows: i32,
  height: i32,
  width: i32,
  channels: i32,
  outH: i32,
  outW: i32,
  top: i32,
  left: i32,
  blockRows: i32,
  kernelH: i32,
  kernelW: i32,
  stride: i32,
  dilation: i32,
): void {
  const cs = channels * 4,
    taps = kernelH * kernelW;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const b = row / outH,
        y = (row - b * outH) * stride - top;
      for (let ox = 0; ox < outW; ox++) {
        const o = to + (row * outW + ox) * cs;
        for (let c = 0; c < cs; c += 16) {
          let sum = f32x4.splat(0);
          for (let v = 0; v < kernelH; v++) {
            const iy = y + v * dilation;
            if (<u32>iy >= <u32>height) continue;
            for (let u = 0; u < kernelW; u++) {
              const ix = ox * stride - left + u * dilation;
              if (<u32>ix >= <u32>width) continue;
              const at = x + ((b * height + iy) * width + ix) * cs + c;
              sum = fma(v128.load(at), v128.load(weights + c * taps + (v * kernelW + u) * 16), sum);
            }
          }
          v128.store(o + c, sum);
        }
      }
    }
  }
}

/** Gradient to the input. Items: blocks of `blockRows` rows of the input. */
export function depthwiseInput(
  _tid: i32,
  items: i32,
  dy: In,
  weights: In,
  to: Out,
  rows: i32,
  height: i32,
  width: i32,
  channels: i32,
  outH: i32,
  outW: i32,
  top: i32,
  left: i32,
  blockRows: i32,
  kernelH: i32,
  kernelW: i32,
  stride: i32,
  dilation: i32,
): void {
  const cs = channels * 4,
    taps = kernelH * kernelW;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const b = row / height,
        iy = row - b * height;
      for (let ix = 0; ix < width; ix++) {
        const o = to + (row * width + ix) * cs;
        memory.fill(o, 0, cs);
        for (let v = 0; v < kernelH; v++) {
          const y = iy + top - v * dilation;
          if (y < 0 || y % stride != 0 || y / stride >= outH) continue;
          for (let u = 0; u < kernelW; u++) {
            const x = ix + left - u * dilation;
            if (x < 0 || x % stride != 0 || x / stride >= outW) continue;
            const at = dy + ((b * outH + y / stride) * outW + x / stride) * cs;
            const w = weights + (v * kernelW + u) * 16;
            for (let c = 0; c < cs; c += 16) {
              v128.store(o + c, fma(v128.load(at + c), v128.load(w + c * taps), v128.load(o + c)));
            }
          }
        }
      }
    }
  }
}

/** Gradient to the weights, packed like them. Items: slices of the rows of dy, each with sums of its own. */
export function depthwiseGrad(
  _tid: i32,
  items: i32,
  x: In,
  dy: In,
  sums: Out,
  sumStride: i32,
  rows: i32,
  height: i32,
  width: i32,
  channels: i32,
  outH: i32,
  outW: i32,
  top: i32,
  left: i32,
  kernelH: i32,
  kernelW: i32,
  stride: i32,
  dilation: i32,
): void {
  const cs = channels * 4,
    taps = kernelH * kernelW;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = <i32>((<i64>rows * item) / items),
      end = <i32>((<i64>rows * (item + 1)) / items);
    const to = sums + item * sumStride;
    memory.fill(to, 0, cs * taps);
    for (let row = first; row < end; row++) {
      const b = row / outH,
        y = (row - b * outH) * stride - top;
      for (let v = 0; v < kernelH; v++) {
        const iy = y + v * dilation;
        if (<u32>iy >= <u32>height) continue;
        for (let u = 0; u < kernelW; u++) {
          for (let c = 0; c < cs; c += 16) {
            const o = to + c * taps + (v * kernelW + u) * 16;
            let sum = v128.load(o);
            for (let ox = 0; ox < outW; ox++) {
              const ix = ox * stride - left + u * dilation;
              if (<u32>ix >= <u32>width) continue;
              const at = x + ((b * height + iy) * width + ix) * cs + c;
              sum = fma(v128.load(at), v128.load(dy + (row * outW + ox) * cs + c), sum);
            }
            v128.store(o, sum);
          }
        }
      }
    }
  }
}

// Involution of any size, stride and dilation, tap by tap (see involution-tiles.mjs for the fast ones).
import { nextItem } from './primitives';
import { In, Out } from './roles';

/** to[i] += from[i] · weight */
function addScaled(to: usize, from: usize, weight: f32, count: i32): void {
  let i = 0;
  const w = f32x4.splat(weight);
  for (; i + 4 <= count; i += 4) {
    v128.store(to + i * 4, f32x4.add(v128.load(to + i * 4), f32x4.mul(v128.load(from + i * 4), w)));
  }
  for (; i < count; i++) store<f32>(to + i * 4, load<f32>(to + i * 4) + load<f32>(from + i * 4) * weight);
}

function dot(a: usize, b: usize, count: i32): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < count; i++) sum += load<f32>(a + i * 4) * load<f32>(b + i * 4);
  return sum;
}

/** mode 0: y from x and kernel; 1: dX (at x) from dy (at y) and kernel; 2: dKernel from x and dy (at y). */
function tapByTap(
  items: i32,
  x: usize,
  kernel: usize,
  y: usize,
  mode: i32,
  size: i32,
  height: i32,
  width: i32,
  channels: i32,
  groups: i32,
  stride: i32,
  dilation: i32,
  before: i32,
  outH: i32,
  outW: i32,
): void {
  const depth = channels / groups;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const b = item / groups,
      g = item - b * groups;
    const image = x + (b * height * width * channels + g * depth) * 4;
    if (mode == 1) {
      for (let i = 0; i < height * width; i++) memory.fill(image + i * channels * 4, 0, depth * 4);
    }
    for (let place = 0; place < outH * outW; place++) {
      const row = place / outW,
        column = place - row * outW;
      const out = y + ((b * outH * outW + place) * channels + g * depth) * 4;
      let weight = kernel + ((b * outH * outW + place) * groups + g) * size * size * 4;
      if (mode == 0) memory.fill(out, 0, depth * 4);
      for (let v = 0; v < size; v++) {
        for (let u = 0; u < size; u++, weight += 4) {
          const iy = row * stride + v * dilation - before,
            ix = column * stride + u * dilation - before;
          const isInside = <u32>iy < <u32>height && <u32>ix < <u32>width;
          const at = image + (iy * width + ix) * channels * 4;
          if (mode == 2) store<f32>(weight, isInside ? dot(at, out, depth) : 0);
          else if (isInside && mode == 0) addScaled(out, at, load<f32>(weight), depth);
          else if (isInside) addScaled(at, out, load<f32>(weight), depth);
        }
      }
    }
  }
}

/** y = Σ over the taps of kernel · x. Items: images × groups, so that no two threads add to one value. */
export function involutionTaps(
  _tid: i32,
  items: i32,
  x: In,
  kernel: In,
  to: Out,
  size: i32,
  height: i32,
  width: i32,
  channels: i32,
  groups: i32,
  stride: i32,
  dilation: i32,
  before: i32,
  outH: i32,
  outW: i32,
): void {
  tapByTap(
    items,
    x,
    kernel,
    to,
    0,
    size,
    height,
    width,
    channels,
    groups,
    stride,
    dilation,
    before,
    outH,
    outW,
  );
}

/** Gradient to the input. Items as above. */
export function involutionInputTaps(
  _tid: i32,
  items: i32,
  dy: In,
  kernel: In,
  to: Out,
  size: i32,
  height: i32,
  width: i32,
  channels: i32,
  groups: i32,
  stride: i32,
  dilation: i32,
  before: i32,
  outH: i32,
  outW: i32,
): void {
  tapByTap(
    items,
    to,
    kernel,
    dy,
    1,
    size,
    height,
    width,
    channels,
    groups,
    stride,
    dilation,
    before,
    outH,
    outW,
  );
}

/** Gradient to the kernels. Items as above. */
export function involutionKernelTaps(
  _tid: i32,
  items: i32,
  x: In,
  dy: In,
  to: Out,
  size: i32,
  height: i32,
  width: i32,
  channels: i32,
  groups: i32,
  stride: i32,
  dilation: i32,
  before: i32,
  outH: i32,
  outW: i32,
): void {
  tapByTap(items, x, to, dy, 2, size, height, width, channels, groups, stride, dilation, before, outH, outW);
}

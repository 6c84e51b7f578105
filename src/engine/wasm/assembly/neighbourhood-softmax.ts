// Softmax over the taps of neighbourhoods, and its gradient.
import { expNegative4, fma, imax, imin, nextItem, storePart, sumLanes } from './primitives';
import { In, Out, Scratch } from './roles';

/** First tap of an axis whose key is not before the map: the place is `at`, its first key at − pad. */
function firstTap(at: i32, pad: i32, dilation: i32): i32 {
  return imax(0, (pad - at + dilation - 1) / dilation);
}

/** Tap behind the last whose key is in the map of `length`. */
function endTap(at: i32, pad: i32, dilation: i32, length: i32, size: i32): i32 {
  return imin(size, (length - 1 - at + pad) / dilation + 1);
}

/** Bits of the taps in rows [top, bottom) and columns [left, right); none behind the last tap. */
function fillMask(mask: usize, bytes: i32, size: i32, top: i32, bottom: i32, left: i32, right: i32): void {
  memory.fill(mask, 0, bytes);
  for (let v = top; v < bottom; v++) {
    if (right > left) memory.fill(mask + (v * size + left) * 4, 0xff, (right - left) * 4);
  }
}

/**
 * Softmax of each row of size² logits. A place's mask serves all its groups, and is made anew only where the map's
 * border cuts off other taps than at the place before. Items: blocks of places.
 * @over to: logits
 */
export function neighbourhoodSoftmax(
  tid: i32,
  items: i32,
  logits: In,
  to: Out,
  places: i32,
  outH: i32,
  outW: i32,
  groups: i32,
  size: i32,
  stride: i32,
  dilation: i32,
  isMasked: i32,
  height: i32,
  width: i32,
  blockPlaces: i32,
  masks: Scratch,
  maskBytes: i32,
): void {
  const bytes = size * size * 4,
    pad = (dilation * (size - 1)) / 2,
    mask = masks + tid * maskBytes,
    lowest = f32x4.splat(-Infinity);
  let top = 0,
    bottom = size,
    left = 0,
    right = size;
  fillMask(mask, maskBytes, size, top, bottom, left, right);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(places, (item + 1) * blockPlaces);
    for (let place = item * blockPlaces; place < end; place++) {
      if (isMasked) {
        const inImage = place % (outH * outW);
        const y = (inImage / outW) * stride,
          x = (inImage % outW) * stride;
        const newTop = firstTap(y, pad, dilation),
          newBottom = endTap(y, pad, dilation, height, size),
          newLeft = firstTap(x, pad, dilation),
          newRight = endTap(x, pad, dilation, width, size);
        if (newTop != top || newBottom != bottom || newLeft != left || newRight != right) {
          top = newTop;
          bottom = newBottom;
          left = newLeft;
          right = newRight;
          fillMask(mask, maskBytes, size, top, bottom, left, right);
        }
      }
      for (let g = 0; g < groups; g++) {
        const from = logits + (place * groups + g) * bytes,
          out = to + (place * groups + g) * bytes;
        let most = lowest;
        for (let i = 0; i < bytes; i += 16) {
          most = f32x4.pmax(most, v128.bitselect(v128.load(from + i), lowest, v128.load(mask + i)));
        }
        most = f32x4.pmax(most, v128.shuffle<f32>(most, most, 2, 3, 0, 1));
        most = f32x4.pmax(most, v128.shuffle<f32>(most, most, 1, 0, 3, 2));
        let sum = f32x4.splat(0);
        for (let i = 0; i < bytes; i += 16) {
          const e = v128.and(expNegative4(f32x4.sub(most, v128.load(from + i))), v128.load(mask + i));
          sum = f32x4.add(sum, e);
          storePart(out + i, e, (bytes - i) >> 2);
        }
        const factor = f32x4.splat(1 / sumLanes(sum));
        for (let i = 0; i < bytes; i += 16) {
          // Masked again: a factor that is NaN would show itself outside of the map too.
          const weight = v128.and(f32x4.mul(v128.load(out + i), factor), v128.load(mask + i));
          storePart(out + i, weight, (bytes - i) >> 2);
        }
      }
    }
  }
}

/**
 * dx = y·(dy − Σ y·dy) for each row of `taps` values. Items: blocks of rows.
 * @over to: dy, y
 */
export function neighbourhoodSoftmaxGrad(
  _tid: i32,
  items: i32,
  dy: In,
  y: In,
  to: Out,
  rows: i32,
  taps: i32,
  blockRows: i32,
): void {
  const bytes = taps * 4,
    whole = bytes & ~15;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const d = dy + row * bytes,
        w = y + row * bytes,
        out = to + row * bytes;
      let sums = f32x4.splat(0);
      for (let i = 0; i < whole; i += 16) sums = fma(v128.load(d + i), v128.load(w + i), sums);
      let sum = sumLanes(sums);
      for (let i = whole; i < bytes; i += 4) sum += load<f32>(d + i) * load<f32>(w + i);
      const dot = f32x4.splat(sum);
      for (let i = 0; i < bytes; i += 16) {
        const slope = f32x4.mul(v128.load(w + i), f32x4.sub(v128.load(d + i), dot));
        storePart(out + i, slope, (bytes - i) >> 2);
      }
    }
  }
}

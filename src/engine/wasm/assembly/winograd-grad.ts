// The gradient to the weights of Winograd's convolution (see winograd.ts).
import { imin, nextItem } from './primitives';
import { multiplyOuter } from './winograd-strips';
import { GROUP, LINE, PLACES, PRODUCT_BYTES, REST_AT, TABLE_AT, TILE, fillTable } from './winograd-tiles';
import { transformGradient, transformInput, transformWeightGradient } from './winograd-transforms';
import { In, InOut, Out, Scratch } from './roles';

/** Channels of a panel of the transformed image: two strips of 6. */
const PANEL_IN: i32 = 12;
const STRIP_IN: i32 = 6;
const PANEL_OUT: i32 = 8;
const PANEL_OUT_BYTES: i32 = PANEL_OUT * 4;

/**
 * Transforms `count` tiles from `first` on for winogradGrad: 6×6 patches of the image to [36][panels of 12
 * channels][tiles][12], or 4×4 tiles of dY (`isGradient`) to [36][panels of 8 outputs][tiles][8].
 * Items: blocks of 6 tiles.
 */
export function winogradPanels(
  tid: i32,
  items: i32,
  source: In,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  left: i32,
  tilesH: i32,
  tilesW: i32,
  first: i32,
  count: i32,
  isGradient: i32,
  to: Out,
  step: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const work = scratch + tid * scratchStride,
    table = work + TABLE_AT,
    zeros = work + REST_AT;
  const pixelBytes = channels * 4;
  const rowBytes = (isGradient ? PANEL_OUT : PANEL_IN) * 4,
    panelBytes = count * rowBytes;
  memory.fill(zeros, 0, pixelBytes);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * GROUP);
    for (let i = item * GROUP; i < end; i++) {
      const tile = first + i,
        size = isGradient ? TILE : 6;
      fillTable(tile, tilesH, tilesW, table, source, top, left, size, height, width, pixelBytes, zeros);
      let row = to + i * rowBytes;
      for (let c0 = 0; c0 < pixelBytes; c0 += rowBytes, row += panelBytes) {
        const last = imin(rowBytes, pixelBytes - c0);
        for (let c = 0; c < last; c += 16) {
          if (isGradient) transformGradient(table, c0 + c, work, row + c, step);
          else transformInput(table, c0 + c, work, row + c, step);
        }
      }
    }
  }
}

/**
 * Gradient to the weights [3, 3, channels, n] over the `count` tiles that winogradPanels wrote, added to
 * what is there if `add`. Items: blocks of `blockIn` panels of channels × `blockOut` panels of outputs.
 */
export function winogradGrad(
  tid: i32,
  items: i32,
  images: In,
  imagesStep: i32,
  gradients: In,
  gradientsStep: i32,
  count: i32,
  channels: i32,
  n: i32,
  blockIn: i32,
  blockOut: i32,
  target: InOut,
  add: i32,
  scratch: Scratch,
  scratchStride: i32,
): void {
  const work = scratch + tid * scratchStride,
    products = work + REST_AT;
  const panelsOut = (n + PANEL_OUT - 1) / PANEL_OUT;
  const imageBytes = count * PANEL_IN * 4,
    gradientBytes = count * PANEL_OUT_BYTES;
  const stripBytes = blockOut * PRODUCT_BYTES,
    step = 2 * blockIn * stripBytes + LINE;
  const blocksOut = (panelsOut + blockOut - 1) / blockOut;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const i0 = (item / blocksOut) * blockIn * PANEL_IN,
      i1 = imin(channels, i0 + blockIn * PANEL_IN);
    const o0 = (item % blocksOut) * blockOut,
      o1 = imin(panelsOut, o0 + blockOut);
    for (let t = 0; t < PLACES; t++) {
      const from = gradients + t * gradientsStep + o0 * gradientBytes;
      let to = products + t * step;
      for (let i = i0; i < i1; i += STRIP_IN, to += stripBytes) {
        const panel = i / PANEL_IN;
        const a = images + t * imagesStep + panel * imageBytes + (i - panel * PANEL_IN) * 4;
        for (let o = 0; o < o1 - o0; o++) {
          multiplyOuter(a, from + o * gradientBytes, to + o * PRODUCT_BYTES, count);
        }
      }
    }
    const last = imin(n, o1 * PANEL_OUT);
    for (let i = i0; i < i1; i++) {
      const strip = (i - i0) / STRIP_IN;
      const row = products + strip * stripBytes + (i - i0 - strip * STRIP_IN) * 32;
      for (let o = o0 * PANEL_OUT; o < last; o += 4) {
        const at = row + ((o >> 3) - o0) * PRODUCT_BYTES + (o & 4) * 4;
        transformWeightGradient(at, step, work, target + (i * n + o) * 4, channels * n * 4, add);
      }
    }
  }
}

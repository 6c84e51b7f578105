// Depthwise convolution of any size, stride and dilation, its gradients, and the packing of its weights.

const SIZES = 'height: i32, width: i32, channels: i32, outH: i32, outW: i32, top: i32, left: i32';
const WINDOW = 'kernelH: i32, kernelW: i32, stride: i32, dilation: i32';

const prologue = 'const cs = channels * 4, taps = kernelH * kernelW;';

/** Pieces of work that are blocks of rows. */
const blocksOfRows = (body) => `
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) { ${body} }
  }`;

/** Row of the output: image b, and row y of the image under the first tap. */
const outputRow = 'const b = row / outH, y = (row - b * outH) * stride - top;';

/** For each tap of the output's row that is inside of the image: its row iy, or its column ix. */
const eachRowOfTaps = (body) => `
  for (let v = 0; v < kernelH; v++) {
    const iy = y + v * dilation;
    if (<u32>iy >= <u32>height) continue;
    ${body}
  }`;
const columnOfTap = `
  const ix = ox * stride - left + u * dilation;
  if (<u32>ix >= <u32>width) continue;
  const at = x + ((b * height + iy) * width + ix) * cs + c;`;

/** The place of the output that tap `tap` leads to from place `at` of the input; on to the next tap if there is none. */
const reachedFrom = (place, at, tap, limit) => `
  const ${place} = ${at} - ${tap} * dilation;
  if (${place} < 0 || ${place} % stride != 0 || ${place} / stride >= ${limit}) continue;`;

export const generate = () => `import { fma, imin, nextItem, storePart } from './primitives';
import { In, Out } from './roles';

/** [taps][channels] → [channels/4][taps][4], zeros behind the last channel; \`flip\` reverses the taps. */
export function packDepthwise(_tid: i32, _items: i32, from: In, to: Out, taps: i32, channels: i32, flip: i32): void {
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
export function unpackDepthwise(_tid: i32, _items: i32, from: In, stride: i32, slices: i32, to: Out, taps: i32, channels: i32): void {
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

/** Items: blocks of \`blockRows\` rows of the output. */
export function depthwise(_tid: i32, items: i32, x: In, weights: In, to: Out, rows: i32, ${SIZES}, blockRows: i32, ${WINDOW}): void {
  ${prologue}
  ${blocksOfRows(`
    ${outputRow}
    for (let ox = 0; ox < outW; ox++) {
      const o = to + (row * outW + ox) * cs;
      for (let c = 0; c < cs; c += 16) {
        let sum = f32x4.splat(0);
        ${eachRowOfTaps(`
          for (let u = 0; u < kernelW; u++) {
            ${columnOfTap}
            sum = fma(v128.load(at), v128.load(weights + c * taps + (v * kernelW + u) * 16), sum);
          }`)}
        v128.store(o + c, sum);
      }
    }`)}
}

/** Gradient to the input. Items: blocks of \`blockRows\` rows of the input. */
export function depthwiseInput(_tid: i32, items: i32, dy: In, weights: In, to: Out, rows: i32, ${SIZES}, blockRows: i32, ${WINDOW}): void {
  ${prologue}
  ${blocksOfRows(`
    const b = row / height, iy = row - b * height;
    for (let ix = 0; ix < width; ix++) {
      const o = to + (row * width + ix) * cs;
      memory.fill(o, 0, cs);
      for (let v = 0; v < kernelH; v++) {
        ${reachedFrom('y', 'iy + top', 'v', 'outH')}
        for (let u = 0; u < kernelW; u++) {
          ${reachedFrom('x', 'ix + left', 'u', 'outW')}
          const at = dy + ((b * outH + y / stride) * outW + x / stride) * cs;
          const w = weights + (v * kernelW + u) * 16;
          for (let c = 0; c < cs; c += 16) v128.store(o + c, fma(v128.load(at + c), v128.load(w + c * taps), v128.load(o + c)));
        }
      }
    }`)}
}

/** Gradient to the weights, packed like them. Items: slices of the rows of dy, each with sums of its own. */
export function depthwiseGrad(_tid: i32, items: i32, x: In, dy: In, sums: Out, sumStride: i32, rows: i32, ${SIZES}, ${WINDOW}): void {
  ${prologue}
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = <i32>((<i64>rows * item) / items), end = <i32>((<i64>rows * (item + 1)) / items);
    const to = sums + item * sumStride;
    memory.fill(to, 0, cs * taps);
    for (let row = first; row < end; row++) {
      ${outputRow}
      ${eachRowOfTaps(`
        for (let u = 0; u < kernelW; u++) {
          for (let c = 0; c < cs; c += 16) {
            const o = to + c * taps + (v * kernelW + u) * 16;
            let sum = v128.load(o);
            for (let ox = 0; ox < outW; ox++) {
              ${columnOfTap}
              sum = fma(v128.load(at), v128.load(dy + (row * outW + ox) * cs + c), sum);
            }
            v128.store(o, sum);
          }
        }`)}
    }
  }
}
`;

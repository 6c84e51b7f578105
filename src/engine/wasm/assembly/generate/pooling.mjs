// Pooling over windows of any size, stride and padding, NHWC, any number of channels, and its gradients.
import { each, range } from '../repeat.mjs';

const SIZES =
  'height: i32, width: i32, channels: i32, outH: i32, outW: i32, kernelH: i32, kernelW: i32, strideH: i32, strideW: i32, top: i32, left: i32';

/** Rows y0 … y1 − 1 of the window of output row oy, as far as they are in the image. */
const windowRows = (oy) => `
  const iy = ${oy} * strideH - top;
  const y0 = imax(0, iy), y1 = imin(height, iy + kernelH);`;

/** Columns x0 … x1 − 1 of the window of output column ox. */
const windowColumns = `
  const ix = ox * strideW - left;
  const x0 = imax(0, ix), x1 = imin(width, ix + kernelW);`;

/** Pieces of work that are blocks of rows: row `y` of image b, of those of `height` rows. */
const blocksOfRows = (height, y, body) => `
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const b = row / ${height}, ${y} = row - b * ${height};
      ${body}
    }
  }`;

/** For each window: what is inside of the image begins at `corner`, its value goes to `o`. */
const eachWindow = (body) =>
  blocksOfRows(
    'outH',
    'oy',
    `${windowRows('oy')}
      for (let ox = 0; ox < outW; ox++) {
        ${windowColumns}
        const corner = x + ((b * height + y0) * width + x0) * cs, o = to + (row * outW + ox) * cs;
        ${body}
      }`,
  );

/** For each pixel of a window, its channels from c on at p. */
const eachPixel = (body) => `
  for (let v = y0; v < y1; v++) {
    let p = corner + (v - y0) * width * cs + c;
    for (let u = x0; u < x1; u++, p += cs) { ${body} }
  }`;

/** Vectors of channels that a window is gone through for together. */
const ABREAST = 4;

const maxPool = `
/** Largest value of each window; NaN never wins, nor does padding. Items: blocks of rows of the output. */
export function maxPool(_tid: i32, items: i32, x: In, to: Out, rows: i32, ${SIZES}, blockRows: i32): void {
  const cs = channels * 4, lowest = f32x4.splat(-Infinity);
  ${eachWindow(`
    let c = 0;
    for (; c + ${ABREAST * 16} <= cs; c += ${ABREAST * 16}) {
      ${each(range(ABREAST), (i) => `let m${i} = lowest;`)}
      ${eachPixel(each(range(ABREAST), (i) => `m${i} = f32x4.pmax(m${i}, v128.load(p, ${16 * i}));`))}
      ${each(range(ABREAST), (i) => `v128.store(o + c, m${i}, ${16 * i});`)}
    }
    for (; c < cs; c += 16) {
      let m = lowest;
      ${eachPixel('m = f32x4.pmax(m, v128.load(p));')}
      storePart(o + c, m, (cs - c) >> 2);
    }`)}
}`;

const maxPoolGrad = `
/**
 * Gives dy to the first value of each window that is its maximum \`y\`. Items: images × blocks of \`blockC\` bytes of
 * channels, so that no two threads add to one value.
 */
export function maxPoolGrad(tid: i32, items: i32, x: In, y: In, dy: In, dx: Out, ${SIZES}, blockC: i32): void {
  const cs = channels * 4;
  const blocks = (cs + blockC - 1) / blockC;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const b = item / blocks, c0 = (item - b * blocks) * blockC, c1 = imin(cs, c0 + blockC);
    const image = b * height * width * cs;
    // Rows are cleared when the first window reaches them.
    let cleared = 0;
    for (let oy = 0; oy < outH; oy++) {
      ${windowRows('oy')}
      for (; cleared < y1; cleared++) {
        const row = image + cleared * width * cs;
        touchPieces(tid, x + row + c0, c1 - c0, width, cs);
        clearRow(dx + row, width, cs, c0, c1);
      }
      const line = (b * outH + oy) * outW * cs + c0;
      touchPieces(tid, y + line, c1 - c0, outW, cs);
      touchPieces(tid, dy + line, c1 - c0, outW, cs);
      for (let ox = 0; ox < outW; ox++) {
        ${windowColumns}
        const o = ((b * outH + oy) * outW + ox) * cs;
        for (let c = c0; c < c1; c += 16) {
          const top4 = v128.load(y + o + c), d = v128.load(dy + o + c), lanes = (c1 - c) >> 2;
          let open = i32x4.splat(-1);
          for (let v = y0; v < y1; v++) {
            let at = image + (v * width + x0) * cs + c;
            for (let u = x0; u < x1; u++, at += cs) {
              const hit = v128.and(open, f32x4.eq(v128.load(x + at), top4));
              open = v128.andnot(open, hit);
              const sum = f32x4.add(v128.load(dx + at), v128.and(d, hit));
              if (lanes >= 4) v128.store(dx + at, sum);
              else storePart(dx + at, sum, lanes);
            }
          }
        }
      }
    }
    for (; cleared < height; cleared++) clearRow(dx + image + cleared * width * cs, width, cs, c0, c1);
  }
}`;

/** Vectors of 2×2 pixels that are added at a time. */
const PAIR = 2;
const QUARTERS = ['v128.load(a + size', 'v128.load(b', 'v128.load(b + size'];

const meanOfFour = `
// Mean of 2×2 pixels of \`size\` bytes, the second row at \`below\`.
function meanOfFour(above: usize, below: usize, to: usize, size: i32): void {
  const quarter = f32x4.splat(0.25);
  let c = 0;
  for (; c + ${PAIR * 16} <= size; c += ${PAIR * 16}) {
    const a = above + c, b = below + c;
    ${each(range(PAIR), (i) => `let s${i} = f32x4.add(v128.load(a, ${16 * i}), ${QUARTERS[0]}, ${16 * i}));`)}
    ${each(range(PAIR), (i) => `s${i} = f32x4.add(f32x4.add(s${i}, ${QUARTERS[1]}, ${16 * i})), ${QUARTERS[2]}, ${16 * i}));`)}
    ${each(range(PAIR), (i) => `v128.store(to + c, f32x4.mul(s${i}, quarter), ${16 * i});`)}
  }
  for (; c < size; c += 16) {
    const sum = f32x4.add(v128.load(above + c), v128.load(above + c + size));
    const all = f32x4.add(f32x4.add(sum, v128.load(below + c)), v128.load(below + c + size));
    storePart(to + c, f32x4.mul(all, quarter), (size - c) >> 2);
  }
}`;

const avgPool = `
/** Mean of the part of each window that is inside the image. Items: blocks of rows of the output. */
export function avgPool(_tid: i32, items: i32, x: In, to: Out, rows: i32, ${SIZES}, blockRows: i32): void {
  const cs = channels * 4;
  ${eachWindow(`
    if (y1 - y0 == 2 && x1 - x0 == 2) {
      meanOfFour(corner, corner + width * cs, o, cs);
      continue;
    }
    const count = f32x4.splat(<f32>((y1 - y0) * (x1 - x0)));
    for (let c = 0; c < cs; c += 16) {
      let sum = f32x4.splat(0);
      ${eachPixel('sum = f32x4.add(sum, v128.load(p));')}
      storePart(o + c, f32x4.div(sum, count), (cs - c) >> 2);
    }`)}
}`;

const avgPoolGrad = `
// ⌈a / b⌉ for a of either sign and b > 0.
function ceilDiv(a: i32, b: i32): i32 {
  return a > 0 ? (a + b - 1) / b : -(-a / b);
}

/** dx = factor · Σ of dy over the windows that a value is in. Items: blocks of rows of dx. */
export function avgPoolGrad(_tid: i32, items: i32, dy: In, dx: Out, rows: i32, ${SIZES}, blockRows: i32, factor: f32): void {
  const cs = channels * 4, share = f32x4.splat(factor);
  ${blocksOfRows(
    'height',
    'iy',
    `const y = iy + top;
      const y0 = imax(0, ceilDiv(y - kernelH + 1, strideH)), y1 = imin(outH - 1, y / strideH);
      for (let ix = 0; ix < width; ix++) {
        const x = ix + left;
        const x0 = imax(0, ceilDiv(x - kernelW + 1, strideW)), x1 = imin(outW - 1, x / strideW);
        const o = dx + (row * width + ix) * cs;
        if (y0 == y1 && x0 == x1) {
          const from = dy + ((b * outH + y0) * outW + x0) * cs;
          for (let c = 0; c < cs; c += 16) storePart(o + c, f32x4.mul(v128.load(from + c), share), (cs - c) >> 2);
          continue;
        }
        for (let c = 0; c < cs; c += 16) {
          let sum = f32x4.splat(0);
          for (let v = y0; v <= y1; v++) {
            let p = dy + ((b * outH + v) * outW + x0) * cs + c;
            for (let u = x0; u <= x1; u++, p += cs) sum = f32x4.add(sum, v128.load(p));
          }
          storePart(o + c, f32x4.mul(sum, share), (cs - c) >> 2);
        }
      }`,
  )}
}`;

export const generate =
  () => `import { clearRow, imax, imin, nextItem, storePart, touchPieces } from './primitives';
import { In, Out } from './roles';
${[maxPool, maxPoolGrad, meanOfFour, avgPool, avgPoolGrad].join('\n')}
`;

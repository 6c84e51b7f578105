// Depthwise convolution, NHWC, channels a multiple of 4, dilation 1: the common sizes, unrolled.
//
// Weights come packed by 4 channels: [channels/4][K·K][4]. A tile is 4 neighbouring pixels of one vector
// of channels. Tiles that reach over the left or right border load from the nearest pixel inside and
// mask it to zero, so they share the weights as all others do: at 7 and 14 pixels that is most of them.
import { each, range } from '../repeat.mjs';

const TILE = 4;
/** Sizes and strides; the gradient to the input at stride 1 is a forward convolution. */
const ROUTINES = [
  { size: 1, stride: 1, forward: 'depthwise1s1', grad: 'depthwiseGrad1s1' },
  { size: 1, stride: 2, forward: 'depthwise1s2', grad: 'depthwiseGrad1s2', input: 'depthwiseInput1s2' },
  { size: 3, stride: 1, forward: 'depthwise3s1', grad: 'depthwiseGrad3s1' },
  { size: 3, stride: 2, forward: 'depthwise3s2', grad: 'depthwiseGrad3s2', input: 'depthwiseInput3s2' },
  { size: 5, stride: 1, forward: 'depthwise5s1', grad: 'depthwiseGrad5s1' },
  { size: 5, stride: 2, forward: 'depthwise5s2', grad: 'depthwiseGrad5s2', input: 'depthwiseInput5s2' },
  { size: 7, stride: 1, forward: 'depthwise7s1', grad: 'depthwiseGrad7s1' },
  { size: 7, stride: 2, forward: 'depthwise7s2', grad: 'depthwiseGrad7s2', input: 'depthwiseInput7s2' },
];

/** Column j of the input meets output t at tap j − t·stride. */
const usesOf = (k, stride, j, tile = TILE) =>
  range(tile).filter((t) => j - t * stride >= 0 && j - t * stride < k);

const borders = (columns, at, limit) => `
  ${each(range(columns), (j) => `const i${j} = ${at} + ${j}; const m${j} = i32x4.splat(<u32>i${j} < <u32>${limit} ? -1 : 0); const o${j} = imax(0, imin(${limit} - 1, i${j})) * cs;`, '\n')}`;

function forward(name, k, stride) {
  const columns = (TILE - 1) * stride + k;
  const tile = (isBorder) => `
    for (let c = c0; c < c1; c += 16) {
      ${each(range(TILE), (t) => `let a${t} = z;`)}
      let p = from + c, w = weights + c * ${k * k} + ky0 * ${k * 16};
      for (let ky = ky0; ky < ky1; ky++) {
        ${each(range(k), (u) => `const w${u} = v128.load(w, ${u * 16});`)}
        ${isBorder ? '' : 'let q = p;'}
        ${each(
          range(columns),
          (j) => {
            const uses = usesOf(k, stride, j);
            const step = isBorder ? '' : 'q += cs;';
            if (uses.length === 0) return step;
            const value = isBorder ? `v128.and(v128.load(p + o${j}), m${j})` : 'v128.load(q)';
            return `{ const v = ${value}; ${each(uses, (t) => `a${t} = fma(v, w${j - t * stride}, a${t});`)} ${step} }`;
          },
          '\n',
        )}
        p += rowSize; w += ${k * 16};
      }
      const o = target + c;
      ${each(range(TILE), (t) => `${isBorder && t > 0 ? `if (${t} < count) ` : ''}v128.store(o${t ? ` + ${t} * cs` : ''}, a${t});`)}
    }`;
  return `
export function ${name}(tid: i32, items: i32, x: In, weights: In, to: Out, rows: i32, height: i32, width: i32, channels: i32, outH: i32, outW: i32, top: i32, left: i32, blockRows: i32, blockC: i32): void {
  const cs = channels * 4, rowSize = width * cs, z = f32x4.splat(0);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let c0 = 0; c0 < cs; c0 += blockC) {
      const c1 = imin(cs, c0 + blockC);
      for (let row = item * blockRows; row < end; row++) {
        const b = row / outH, y = (row - b * outH) * ${stride} - top;
        const ky0 = imax(0, -y), ky1 = imin(${k}, height - y);
        const line = x + (b * height + y + ky0) * rowSize;
        if (c0 == 0) {
          const known = row == item * blockRows || y <= 0 ? 0 : imax(0, ${k - stride} - ky0);
          touch(tid, line + known * rowSize, (ky1 - ky0 - known) * rowSize);
          touch(tid, to + row * outW * cs, outW * cs);
        }
        for (let ox = 0; ox < outW; ox += ${TILE}) {
          const ix = ox * ${stride} - left, count = outW - ox;
          const target = to + (row * outW + ox) * cs;
          if (ix >= 0 && ix + ${columns} <= width && count >= ${TILE}) {
            const from = line + ix * cs; ${tile(false)}
          } else {
            const from = line; ${borders(columns, 'ix', 'width')} ${tile(true)}
          }
        }
      }
    }
  }
}`;
}

/** Gradient to the input at stride 2: input pixels of one parity are reached by every other tap. */
function backward(name, k) {
  const tile = (parity, isBorder) => {
    const taps = Math.floor((k - parity + 1) / 2);
    const columns = TILE + taps - 1;
    // Tap i (kx = parity + 2i) of pixel t reads column t + taps − 1 − i of dy.
    const body = `
      for (let c = c0; c < c1; c += 16) {
        ${each(range(TILE), (t) => `let a${t} = z;`)}
        for (let ky = (iy + top) & 1; ky < ${k}; ky += 2) {
          const oy = (iy + top - ky) >> 1;
          if (<u32>oy >= <u32>outH) continue;
          const w = weights + c * ${k * k} + (ky * ${k} + ${parity}) * 16;
          ${each(range(taps), (i) => `const w${i} = v128.load(w, ${i * 32});`)}
          const p = image + oy * outW * cs + c;
          ${isBorder ? '' : 'let q = p + first * cs;'}
          ${each(
            range(columns),
            (j) => {
              const uses = range(TILE).filter((t) => t + taps - 1 - j >= 0 && t + taps - 1 - j < taps);
              const value = isBorder ? `v128.and(v128.load(p + o${j}), m${j})` : 'v128.load(q)';
              return `{ const v = ${value}; ${each(uses, (t) => `a${t} = fma(v, w${t + taps - 1 - j}, a${t});`)} ${isBorder ? '' : 'q += cs;'} }`;
            },
            '\n',
          )}
        }
        const o = target + c;
        ${each(range(TILE), (t) => `${isBorder && t > 0 ? `if (${t} < count) ` : ''}v128.store(o${t ? ` + ${2 * t} * cs` : ''}, a${t});`)}
      }`;
    return taps === 0
      ? `for (let c = c0; c < c1; c += 16) { const o = target + c; ${each(range(TILE), (t) => `if (${t} < count) v128.store(o + ${2 * t} * cs, z);`)} }`
      : isBorder
        ? `${borders(columns, 'first', 'outW')} ${body}`
        : body;
  };
  const both = (parity) => {
    const taps = Math.floor((k - parity + 1) / 2);
    return `
      const first = ((ix + left - ${parity}) >> 1) - ${taps - 1};
      if (first >= 0 && first + ${TILE + taps - 1} <= outW && count >= ${TILE}) { ${tile(parity, false)} }
      else { ${tile(parity, true)} }`;
  };
  return `
export function ${name}(tid: i32, items: i32, dy: In, weights: In, to: Out, rows: i32, height: i32, width: i32, channels: i32, outH: i32, outW: i32, top: i32, left: i32, blockRows: i32, blockC: i32): void {
  const cs = channels * 4, z = f32x4.splat(0);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let c0 = 0; c0 < cs; c0 += blockC) {
      const c1 = imin(cs, c0 + blockC);
      for (let row = item * blockRows; row < end; row++) {
        const b = row / height, iy = row - b * height;
        const image = dy + b * outH * outW * cs;
        if (c0 == 0) {
          const lastRow = (iy + top) >> 1;
          if (lastRow < outH) touch(tid, image + lastRow * outW * cs, outW * cs);
          touch(tid, to + row * width * cs, width * cs);
        }
        for (let parity = 0; parity < 2; parity++) {
          for (let ix = parity; ix < width; ix += ${2 * TILE}) {
            const count = (width - ix + 1) >> 1;
            const target = to + (row * width + ix) * cs;
            if (((parity + left) & 1) == 0) { ${both(0)} } else { ${both(1)} }
          }
        }
      }
    }
  }
}`;
}

/** Rows of taps whose sums fit into the registers together. */
const GROUPS = { 1: [[0]], 3: [[0, 1, 2]], 5: [[0, 1], [2, 3], [4]], 7: [[0], [1], [2], [3], [4], [5], [6]] };

function weightGrad(name, k, stride) {
  const tileSize = stride === 1 ? 4 : 2;
  const columns = (tileSize - 1) * stride + k;
  const tile = (group, isBorder) => `
    ${each(range(tileSize), (t) => `const d${t} = ${isBorder && t > 0 ? `${t} < count ? v128.load(d + ${t} * cs) : z` : `v128.load(d${t ? ` + ${t} * cs` : ''})`};`)}
    ${each(
      group,
      (ky) =>
        `{ ${isBorder ? '' : `let q = x${ky} + ix * cs;`} ${each(
          range(columns),
          (j) => {
            const uses = usesOf(k, stride, j, tileSize);
            const step = isBorder ? '' : 'q += cs;';
            if (uses.length === 0) return step;
            const value = isBorder ? `v128.and(v128.load(x${ky} + o${j}), m${j})` : 'v128.load(q)';
            return `{ const v = ${value}; ${each(uses, (t) => `a${ky}_${j - t * stride} = fma(v, d${t}, a${ky}_${j - t * stride});`)} ${step} }`;
          },
          '\n',
        )} }`,
      '\n',
    )}`;
  return `
// Items: slices of the rows × blocks of channels; every slice has sums of its own, \`sumStride\` bytes apart,
// packed like the weights. \`zeros\` is a row of zeros, for the rows above and below the image.
export function ${name}(tid: i32, items: i32, x: In, dy: In, sums: Out, sumStride: i32, slices: i32, zeros: In, rows: i32, height: i32, width: i32, channels: i32, outH: i32, outW: i32, top: i32, left: i32, blockRows: i32, blockC: i32): void {
  const cs = channels * 4, rowSize = width * cs, z = f32x4.splat(0);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const slice = item % slices, c0 = (item / slices) * blockC, c1 = imin(cs, c0 + blockC);
    const first = <i32>((<i64>rows * slice) / slices), last = <i32>((<i64>rows * (slice + 1)) / slices);
    const to = sums + slice * sumStride;
    memory.fill(to + c0 * ${k * k}, 0, (c1 - c0) * ${k * k});
    for (let block = first; block < last; block += blockRows) {
      const end = imin(last, block + blockRows);
      if (c1 - c0 == cs) {
        touch(tid, dy + block * outW * cs, (end - block) * outW * cs);
        for (let row = block; row < end; row++) {
          // The rows of x that no row before has used.
          const b = row / outH, y = (row - b * outH) * ${stride} - top;
          const y0 = imax(0, row == first || y <= 0 ? y : y + ${Math.max(0, k - stride)}), y1 = imin(height, y + ${k});
          touch(tid, x + (b * height + y0) * rowSize, (y1 - y0) * rowSize);
        }
      }
      for (let c = c0; c < c1; c += 16) {
        const o = to + c * ${k * k};
        ${each(
          GROUPS[k],
          (group) => `{
          ${each(group, (ky) => each(range(k), (u) => `let a${ky}_${u} = v128.load(o, ${(ky * k + u) * 16});`), '\n')}
          for (let row = block; row < end; row++) {
            const b = row / outH, y = (row - b * outH) * ${stride} - top;
            const image = x + b * height * rowSize;
            ${each(group, (ky) => `const x${ky} = (<u32>(y + ${ky}) < <u32>height ? image + (y + ${ky}) * rowSize : zeros) + c;`, '\n')}
            let d = dy + row * outW * cs + c;
            for (let ox = 0; ox < outW; ox += ${tileSize}) {
              const ix = ox * ${stride} - left, count = outW - ox;
              if (ix >= 0 && ix + ${columns} <= width && count >= ${tileSize}) { ${tile(group, false)} }
              else { ${borders(columns, 'ix', 'width')} ${tile(group, true)} }
              d += ${tileSize} * cs;
            }
          }
          ${each(group, (ky) => each(range(k), (u) => `v128.store(o, a${ky}_${u}, ${(ky * k + u) * 16});`), '\n')}
        }`,
          '\n',
        )}
      }
    }
  }
}`;
}

export const generate = () => `import { fma, imax, imin, nextItem, touch } from './primitives';
import { In, Out } from './roles';
${ROUTINES.map(
  ({ size, stride, ...names }) =>
    forward(names.forward, size, stride) +
    weightGrad(names.grad, size, stride) +
    (names.input ? backward(names.input, size) : ''),
).join('\n')}
`;

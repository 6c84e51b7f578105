// Involution with a kernel of its own for every channel: as many groups as channels, any size, stride and dilation.
// Lanes are 4 channels; kernels, which lie tap by tap, are turned 4×4 on their way.
import { each, range } from '../repeat.mjs';

const SIZES =
  'batch: i32, height: i32, width: i32, channels: i32, size: i32, stride: i32, dilation: i32, before: i32, outH: i32, outW: i32';

/** The four columns of four rows of vectors, or the rows of columns: after `shuffles` of them. */
const TURNED = ['p, q, 0, 1, 4, 5', 'p, q, 2, 3, 6, 7', 'r, s, 0, 1, 4, 5', 'r, s, 2, 3, 6, 7'].map(
  (args) => `v128.shuffle<f32>(${args})`,
);
const shuffles = (a, b, c, d) => `
  const p = v128.shuffle<f32>(${a}, ${b}, 0, 4, 1, 5), q = v128.shuffle<f32>(${c}, ${d}, 0, 4, 1, 5),
    r = v128.shuffle<f32>(${a}, ${b}, 2, 6, 3, 7), s = v128.shuffle<f32>(${c}, ${d}, 2, 6, 3, 7);`;

/** Channels from c on of the pixel under tap i of the table from t on. */
const pixelAt = (i) => `<usize>load<u32>(t, ${4 * i}) + c`;

/** What each thread has for itself: a row of zeros, or for what falls outside; behind it the table of the taps. */
const prologue = (row, more) => `
  const cs = channels * 4, taps = size * size, ${more}, kernelRow = taps * 4;
  const ${row} = scratch + tid * scratchStride, table = ${row} + ((cs + 79) & ~63);
  memory.fill(${row}, 0, cs + 16);`;

/** For each 4 channels from `first` to `end`, up to `rows` of them: taps four by four, then one by one. */
const eachVector = ({ first = 0, end = 'cs', load = '', start = '', fours, one, finish = '' }) => `
  for (let c = ${first}; c < ${end}; c += 16) {
    const rows = imin(4, (cs - c) >> 2);
    ${load}
    let w = kernel + (pixel * channels + (c >> 2)) * kernelRow;
    ${start}
    let t = table, n = taps;
    for (; n >= 4; n -= 4, t += 16, w += 16) { ${fours} }
    for (; n > 0; n--, t += 4, w += 4) { ${one} }
    ${finish}
  }`;

/** For each pixel of the output, with the addresses of the pixels under its taps in the table. */
const eachPixel = (body) => `
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(pixels, (item + 1) * blockPixels);
    for (let pixel = item * blockPixels; pixel < end; pixel++) {
      const b = pixel / (outH * outW), place = pixel - b * outH * outW, oy = place / outW;
      const image = x + b * height * width * cs;
      addressTaps(table, image, zeros, oy, place - oy * outW, size, stride, dilation, before, height, width, cs);
      touch(tid, kernel + pixel * channels * kernelRow, channels * kernelRow);
      ${body}
    }
  }`;

/** The weights of four taps: TURNED has 4 channels of each. */
const turnWeights = `
  const r0 = v128.load(w), ${each([1, 2, 3], (i) => `r${i} = rowOf(w, ${i}, rows, kernelRow)`, ', ')};
  ${shuffles('r0', 'r1', 'r2', 'r3')}`;

const LOAD_GRADIENT = 'const d = v128.load(dy + pixel * cs + c);';

const forward = `
/**
 * y = Σ over the taps of kernel · x. Items: blocks of \`blockPixels\` pixels of the output. Scratch a thread: a row of
 * zeros, then the table of the taps.
 */
export function involutionNarrow(tid: i32, items: i32, x: In, kernel: In, y: Out, ${SIZES}, blockPixels: i32, scratch: Scratch, scratchStride: i32): void {
  ${prologue('zeros', 'pixels = batch * outH * outW')}
  ${eachPixel(`
    ${eachVector({
      start: 'let sum = f32x4.splat(0);',
      fours: `${turnWeights} ${each(range(4), (i) => `sum = fma(${TURNED[i]}, v128.load(${pixelAt(i)}), sum);`)}`,
      one: `sum = fma(columnOf(w, rows, kernelRow), v128.load(${pixelAt(0)}), sum);`,
      finish: 'storePart(y + pixel * cs + c, sum, rows);',
    })}`)}
}`;

const kernelGradient = `
// The 4 values of up to 4 rows, turned back from vectors of columns.
function storeRows(to: usize, a: v128, b: v128, c: v128, d: v128, rows: i32, rowSize: i32): void {
  ${shuffles('a', 'b', 'c', 'd')}
  ${each(range(4), (i) => `${i ? `if (rows > ${i}) ` : ''}v128.store(to${i ? ` + ${i} * rowSize` : ''}, ${TURNED[i]});`, '\n  ')}
}

/** Gradient to the kernels: dy · x, tap by tap. Items and scratch as above. */
export function involutionNarrowKernel(tid: i32, items: i32, x: In, kernel: Out, dy: In, ${SIZES}, blockPixels: i32, scratch: Scratch, scratchStride: i32): void {
  ${prologue('zeros', 'pixels = batch * outH * outW')}
  ${eachPixel(`
    ${eachVector({
      load: LOAD_GRADIENT,
      fours: `storeRows(w, ${each(range(4), (i) => `f32x4.mul(d, v128.load(${pixelAt(i)}))`, ', ')}, rows, kernelRow);`,
      one: `const v = f32x4.mul(d, v128.load(${pixelAt(0)}));
      ${each(range(4), (i) => `${i ? `if (rows > ${i}) ` : ''}store<f32>(w${i ? ` + ${i} * kernelRow` : ''}, f32x4.extract_lane(v, ${i}));`)}`,
    })}`)}
}`;

const inputGradient = `
// dx += kernel · dy for up to 4 channels.
function scatter(to: usize, w: v128, d: v128, rows: i32): void {
  const sum = fma(w, d, v128.load(to));
  if (rows >= 4) v128.store(to, sum);
  else storePart(to, sum, rows);
}

/**
 * Gradient to the input, added up tap by tap. Items: images × blocks of \`blockC\` bytes of channels, so that no two
 * threads add to one value. Scratch a thread: a row for what falls outside, then the table of the taps.
 */
export function involutionNarrowInput(tid: i32, items: i32, dx: Out, kernel: In, dy: In, ${SIZES}, blockC: i32, scratch: Scratch, scratchStride: i32): void {
  ${prologue('outside', 'blocks = (cs + blockC - 1) / blockC')}
  for (let item = nextItem(); item < items; item = nextItem()) {
    const b = item / blocks, c0 = (item - b * blocks) * blockC, c1 = imin(cs, c0 + blockC);
    const image = dx + b * height * width * cs;
    // Rows are cleared when the first window reaches them.
    let cleared = 0;
    for (let place = 0; place < outH * outW; place++) {
      const pixel = b * outH * outW + place, oy = place / outW;
      const reached = imin(height, oy * stride + dilation * (size - 1) - before + 1);
      for (; cleared < reached; cleared++) clearRow(image + cleared * width * cs, width, cs, c0, c1);
      addressTaps(table, image, outside, oy, place - oy * outW, size, stride, dilation, before, height, width, cs);
      touch(tid, kernel + (pixel * channels + (c0 >> 2)) * kernelRow, ((c1 - c0) >> 2) * kernelRow);
      ${eachVector({
        first: 'c0',
        end: 'c1',
        load: LOAD_GRADIENT,
        fours: `${turnWeights} ${each(range(4), (i) => `scatter(${pixelAt(i)}, ${TURNED[i]}, d, rows);`)}`,
        one: `scatter(${pixelAt(0)}, columnOf(w, rows, kernelRow), d, rows);`,
      })}
    }
    for (; cleared < height; cleared++) clearRow(image + cleared * width * cs, width, cs, c0, c1);
  }
}`;

export const generate = () => `import { clearRow, fma, imin, nextItem, storePart, touch } from './primitives';
import { In, Out, Scratch } from './roles';

// Writes down, for the output pixel (oy, ox), where the pixel under each of the size² taps lies: \`elsewhere\` for those
// outside the image.
function addressTaps(table: usize, image: usize, elsewhere: usize, oy: i32, ox: i32, size: i32, stride: i32, dilation: i32, before: i32, height: i32, width: i32, cs: i32): void {
  for (let v = 0; v < size; v++) {
    const y = oy * stride + v * dilation - before;
    for (let u = 0; u < size; u++, table += 4) {
      const x = ox * stride + u * dilation - before;
      const isInside = <u32>y < <u32>height && <u32>x < <u32>width;
      store<i32>(table, <i32>(isInside ? image + (y * width + x) * cs : elsewhere));
    }
  }
}

// 4 values of each of up to 4 rows.
function rowOf(at: usize, row: i32, rows: i32, rowSize: i32): v128 {
  return row < rows ? v128.load(at + row * rowSize) : f32x4.splat(0);
}

// One value of each of up to 4 rows, as one vector.
function columnOf(at: usize, rows: i32, rowSize: i32): v128 {
  let v = v128.load32_splat(at);
  ${each([1, 2, 3], (i) => `if (rows > ${i}) v = f32x4.replace_lane(v, ${i}, load<f32>(at + ${i} * rowSize));`, '\n  ')}
  return v;
}
${[forward, kernelGradient, inputGradient].join('\n')}
`;

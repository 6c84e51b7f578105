// The transforms of Winograd's convolution F(4×4, 3×3): Lavin and Gray 2016, "Fast algorithms for
// convolutional neural networks", built by Toom and Cook's method on the points 0, ±a, ±b and ∞.
//
//   Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A      d: 6×6 of the image, g: 3×3 weights, Y: 4×4 of the output
//
// and, adjoint to it, the gradient to the weights: dg = Gᵀ [ (A dY Aᵀ) ⊙ (Bᵀ d B) ] G.
//
// With a = 5/8 and b = 3/2 the rounding error is twice that of a direct sum; with the customary 1 and 2
// it is five times as much (see winograd.test.ts). All constants of A and B are exact in float32.
import { range } from '../repeat.mjs';

const a = 5 / 8;
const b = 3 / 2;
const [a2, b2] = [a * a, b * b];
const n0 = 1 / (a2 * b2);
const na = 1 / (2 * a2 * (a2 - b2));
const nb = 1 / (2 * b2 * (b2 - a2));

const splat = (c) => `f32x4.splat(${c})`;
const add = (x, y) => `f32x4.add(${x}, ${y})`;
const sub = (x, y) => `f32x4.sub(${x}, ${y})`;
const scale = (c, x) => `f32x4.mul(${splat(c)}, ${x})`;
/** c·x + y */
const plus = (c, x, y) => `fma(${splat(c)}, ${x}, ${y})`;
/** y − c·x */
const less = (c, x, y) => `fnma(${splat(c)}, ${x}, ${y})`;

/**
 * Each is one matrix times a vector of `from` values, by named steps: values at ±p share their even and
 * their odd part. `[name, text]` are intermediate values, the last list is the result.
 */
const INPUT = {
  from: 6,
  steps: (d) => [
    ['ea', less(b2, d[2], d[4])],
    ['oa', less(b2, d[1], d[3])],
    ['eb', less(a2, d[2], d[4])],
    ['ob', less(a2, d[1], d[3])],
  ],
  result: (d) => [
    plus(a2 * b2, d[0], less(a2 + b2, d[2], d[4])),
    plus(a, 'oa', 'ea'),
    less(a, 'oa', 'ea'),
    plus(b, 'ob', 'eb'),
    less(b, 'ob', 'eb'),
    plus(a2 * b2, d[1], less(a2 + b2, d[3], d[5])),
  ],
};

const WEIGHTS = {
  from: 3,
  steps: (g) => [
    ['ea', plus(na * a2, g[2], scale(na, g[0]))],
    ['eb', plus(nb * b2, g[2], scale(nb, g[0]))],
  ],
  result: (g) => [
    scale(n0, g[0]),
    plus(na * a, g[1], 'ea'),
    less(na * a, g[1], 'ea'),
    plus(nb * b, g[1], 'eb'),
    less(nb * b, g[1], 'eb'),
    g[2],
  ],
};

const halves = (m) => [
  ['sa', add(m[1], m[2])],
  ['da', sub(m[1], m[2])],
  ['sb', add(m[3], m[4])],
  ['db', sub(m[3], m[4])],
];

const OUTPUT = {
  from: 6,
  steps: halves,
  result: (m) => [
    add(m[0], add('sa', 'sb')),
    plus(a, 'da', scale(b, 'db')),
    plus(a2, 'sa', scale(b2, 'sb')),
    plus(a2 * a, 'da', plus(b2 * b, 'db', m[5])),
  ],
};

const OUTPUT_GRADIENT = {
  from: 4,
  steps: (y) => [
    ['ea', plus(a2, y[2], y[0])],
    ['oa', plus(a2, y[3], y[1])],
    ['eb', plus(b2, y[2], y[0])],
    ['ob', plus(b2, y[3], y[1])],
  ],
  result: (y) => [
    y[0],
    plus(a, 'oa', 'ea'),
    less(a, 'oa', 'ea'),
    plus(b, 'ob', 'eb'),
    less(b, 'ob', 'eb'),
    y[3],
  ],
};

const WEIGHT_GRADIENT = {
  from: 6,
  steps: halves,
  result: (m) => [
    plus(n0, m[0], plus(na, 'sa', scale(nb, 'sb'))),
    plus(na * a, 'da', scale(nb * b, 'db')),
    plus(na * a2, 'sa', plus(nb * b2, 'sb', m[5])),
  ],
};

/** One vector of values to another: `load(i)` gives text, `store(i, text)` a statement. */
function line({ from, steps, result }, load, store) {
  const values = range(from).map((i) => `v${i}`);
  return `{
    ${values.map((v, i) => `const ${v} = ${load(i)};`).join(' ')}
    ${steps(values)
      .map(([name, text]) => `const ${name} = ${text};`)
      .join(' ')}
    ${result(values)
      .map((text, i) => store(i, text))
      .join('\n    ')}
  }`;
}

const sizeOf = ({ result }) => result(range(6).map((i) => `v${i}`)).length;

/**
 * M x Mᵀ for 4 channels at a time: first the columns, into `work`, then the rows. What is between goes
 * through memory on purpose: V8 would load all of x first and keep it on the stack.
 */
function square(matrix, load, store) {
  const { from } = matrix;
  const columns = range(from).map((j) =>
    line(
      matrix,
      (i) => load(i, j),
      (i, text) => `v128.store(work, ${text}, ${(i * from + j) * 16});`,
    ),
  );
  const rows = range(sizeOf(matrix)).map((i) =>
    line(
      matrix,
      (j) => `v128.load(work, ${(i * from + j) * 16})`,
      (j, text) => store(i, j, text),
    ),
  );
  return [...columns, ...rows].join('\n  ');
}

const fromTable = (width) => (i, j) => `v128.load(load<usize>(table, ${(i * width + j) * 4}) + offset)`;
const inSteps = (_i, _j, text) => `v128.store(to, ${text}); to += step;`;

const productRows = range(6)
  .map((i) => `const r${i} = ${i ? `r${i - 1} + 6 * step` : 'from'};`)
  .join(' ');

export const generate = () => `import { fma, fnma } from './primitives';

// 4 channels of a 6×6 patch, its pixels at the 36 addresses of \`table\`, to 36 places \`step\` bytes apart.
export function transformInput(table: usize, offset: usize, work: usize, to: usize, step: usize): void {
  ${square(INPUT, fromTable(6), inSteps)}
}

// The same for the 4×4 gradients of an output tile.
export function transformGradient(table: usize, offset: usize, work: usize, to: usize, step: usize): void {
  ${square(OUTPUT_GRADIENT, fromTable(4), inSteps)}
}

// 3×3 weights, \`tapStep\` bytes from tap to tap, for 4 outputs, to 36 places.
export function transformWeights(from: usize, tapStep: usize, work: usize, to: usize, step: usize): void {
  const row1 = from + 3 * tapStep, row2 = row1 + 3 * tapStep;
  ${square(WEIGHTS, (i, j) => `v128.load(${['from', 'row1', 'row2'][i]} + ${j} * tapStep)`, inSteps)}
}

// The 36 products of a tile, \`step\` bytes apart, to the 4×4 pixels at the addresses of \`table\`. None is
// less than \`low\`: 0 for a relu. In this order NaN stays NaN, so that a run that diverged is seen.
export function transformOutput(from: usize, step: usize, work: usize, table: usize, offset: usize, bias: v128, low: v128): void {
  ${productRows}
  ${square(
    OUTPUT,
    (i, j) => `v128.load(r${i} + ${j} * step)`,
    (i, j, text) =>
      `v128.store(load<usize>(table, ${(i * 4 + j) * 4}) + offset, f32x4.pmax(f32x4.add(${text}, bias), low));`,
  )}
}

// The same without bias and bound, but with what lies at \`places\` (see fillAddends) added.
export function transformSum(from: usize, step: usize, work: usize, table: usize, places: usize, offset: usize): void {
  ${productRows}
  ${range(4)
    .map(
      (i) =>
        `const y${i} = load<usize>(places, ${4 * i}) + offset, x${i} = load<usize>(places, ${4 * i + 16});`,
    )
    .join('\n  ')}
  ${square(
    OUTPUT,
    (i, j) => `v128.load(r${i} + ${j} * step)`,
    (i, j, text) => {
      const sum = `f32x4.add(${text}, v128.load(y${i} + x${j}))`;
      return `v128.store(load<usize>(table, ${(i * 4 + j) * 4}) + offset, ${sum});`;
    },
  )}
}

// The 36 products of a pair of channels (for 4 outputs) to the gradient of its 3×3 weights.
export function transformWeightGradient(from: usize, step: usize, work: usize, to: usize, tapStep: usize, sum: i32): void {
  ${productRows}
  let o = work + ${18 * 16};
  ${square(
    WEIGHT_GRADIENT,
    (i, j) => `v128.load(r${i} + ${j} * step)`,
    (i, j, text) => `v128.store(o, ${text}, ${(i * 3 + j) * 16});`,
  )}
  for (let tap = 0; tap < 9; tap++, o += 16, to += tapStep) {
    const v = v128.load(o);
    v128.store(to, sum ? f32x4.add(v128.load(to), v) : v);
  }
}
`;

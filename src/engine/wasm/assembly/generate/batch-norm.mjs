// Batch normalisation over [rows, channels], channels a multiple of 4. z = (x − mean)·factor + offset,
// with factor = scale/√(variance + ε): subtracting the mean first loses nothing where it is large.
const ACTIVATIONS = [
  {
    apply: 'bnApplyNone',
    gradSums: 'bnGradSumsNone',
    gradInput: 'bnGradInputNone',
    value: 'z',
    // The gradient before the activation is that behind it.
    isPlain: true,
  },
  {
    apply: 'bnApplyRelu',
    gradSums: 'bnGradSumsRelu',
    gradInput: 'bnGradInputRelu',
    value: 'f32x4.pmax(z, f32x4.splat(0))',
    slope: 'v128.and(d, f32x4.gt(z, f32x4.splat(0)))',
  },
  {
    apply: 'bnApplySwish',
    gradSums: 'bnGradSumsSwish',
    gradInput: 'bnGradInputSwish',
    value: 'swish4(z)',
    slope: 'f32x4.mul(d, fma(f32x4.mul(z, s), f32x4.sub(f32x4.splat(1), s), s))',
    before: 'const s = sigmoid4(z);',
    // It costs an exponential, so the first pass keeps it in what will be dx; others are computed anew in the second
    // pass, which costs less than writing them.
    isKept: true,
  },
  {
    apply: 'bnApplyGelu',
    gradSums: 'bnGradSumsGelu',
    gradInput: 'bnGradInputGelu',
    value: 'gelu4(z)',
    slope: 'f32x4.mul(d, geluSlope4(z))',
    before: '',
    isKept: true,
  },
];

const Z =
  'fma(f32x4.sub(v128.load(x + at), v128.load(mean + c)), v128.load(factor + c), v128.load(offset + c))';

const apply = ({ apply, value }) => `
/**
 * Items: blocks of \`blockRows\` rows.
 * @over to: x
 * @cheap
 */
export function ${apply}(_tid: i32, items: i32, x: In, to: Out, mean: In, factor: In, offset: In, rows: i32, channels: i32, blockRows: i32): void {
  const size = channels * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const start = row * size;
      for (let c = 0; c < size; c += 16) { const at = start + c; const z = ${Z}; v128.store(to + at, ${value}); }
    }
  }
}`;

// The gradient before the activation (dz), where it is kept.
// In a loop of its own: with the sums beside it, the constants of the exponential lose their registers.
const keptSlopes = (slope, before) => `
      touch(tid, dx + block * size, (last - block) * size);
      for (let row = block; row < last; row++) {
        const start = row * size;
        for (let c = 0; c < size; c += 16) {
          const at = start + c; const d = v128.load(dy + at), z = ${Z};
          ${before} v128.store(dx + at, ${slope});
        }
      }`;

const sums = ({ gradSums, gradInput, slope, before, isPlain, isKept }) => `
/**
 * Σ dz and Σ dz·(x − mean) of each slice of the rows: sums[slice] = [channels], [channels]. Items: slices.
 * dx over dy: the sums either only read dy, or put dz into dx, where the second pass looks for it and no longer at dy.
 * @over dx: dy
 * @before ${gradInput}
 */
export function ${gradSums}(tid: i32, items: i32, x: In, dy: In, dx: Out, mean: In, factor: In, offset: In, rows: i32, channels: i32, sums: Out): void {
  const size = channels * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = <i32>((<i64>rows * item) / items), end = <i32>((<i64>rows * (item + 1)) / items);
    const to = sums + item * 2 * size;
    memory.fill(to, 0, 2 * size);
    const rowsAtOnce = imax(8, imin(64, 16384 / size));
    for (let block = first; block < end; block += rowsAtOnce) {
      const last = imin(end, block + rowsAtOnce);
      touch(tid, x + block * size, (last - block) * size);
      touch(tid, dy + block * size, (last - block) * size);
      ${isKept ? keptSlopes(slope, before) : ''}
      for (let c = 0; c < size; c += 16) {
        const m = v128.load(mean + c)${isPlain || isKept ? '' : ', f = v128.load(factor + c), o = v128.load(offset + c)'};
        let a = f32x4.splat(0), b = a;
        let at = block * size + c;
        for (let row = block; row < last; row++) {
          const e = f32x4.sub(v128.load(x + at), m), d = v128.load(${isKept ? 'dx' : 'dy'} + at);
          ${isPlain || isKept ? 'const g = d;' : `const z = fma(e, f, o); const g = ${slope};`}
          a = f32x4.add(a, g);
          b = fma(g, e, b);
          at += size;
        }
        v128.store(to + c, f32x4.add(v128.load(to + c), a));
        v128.store(to + size + c, f32x4.add(v128.load(to + size + c), b));
      }
    }
  }
}`;

const input = ({ gradInput, slope, isPlain, isKept }) => `
/**
 * dx = factor·(dz − one − (x − mean)·two). Items: blocks of \`blockRows\` rows.
 * @over dx: dy
 */
export function ${gradInput}(_tid: i32, items: i32, x: In, dy: In, dx: ${isKept ? 'InOut' : 'Out'}, mean: In, factor: In, offset: In, one: In, two: In, rows: i32, channels: i32, blockRows: i32): void {
  const size = channels * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const start = row * size;
      for (let c = 0; c < size; c += 16) {
        const at = start + c;
        const e = f32x4.sub(v128.load(x + at), v128.load(mean + c)), f = v128.load(factor + c), d = v128.load(${isKept ? 'dx' : 'dy'} + at);
        ${isPlain || isKept ? 'const g = d;' : `const z = fma(e, f, v128.load(offset + c)); const g = ${slope};`}
        v128.store(dx + at, f32x4.mul(f, fnma(e, v128.load(two + c), f32x4.sub(g, v128.load(one + c)))));
      }
    }
  }
}`;

export const generate = () =>
  `import { fma, fnma, gelu4, geluSlope4, imax, imin, nextItem, sigmoid4, swish4, touch } from './primitives';
import { In, InOut, Out } from './roles';

// For each slice of the rows: a shift (the mean of some of its rows), Σ (x − shift) and Σ (x − shift)²,
// as sums[slice] = [channels] three times. Near the mean, the squares lose nothing. Items: slices.
export function bnSums(tid: i32, items: i32, x: In, rows: i32, channels: i32, sums: Out): void {
  const size = channels * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = <i32>((<i64>rows * item) / items), end = <i32>((<i64>rows * (item + 1)) / items);
    const shift = sums + item * 3 * size, s = shift + size, q = s + size;
    const some = imin(16, end - first), apart = (end - first) / imax(1, some);
    for (let c = 0; c < size; c += 16) {
      let a = f32x4.splat(0);
      for (let i = 0; i < some; i++) a = f32x4.add(a, v128.load(x + (first + i * apart) * size + c));
      v128.store(shift + c, f32x4.div(a, f32x4.splat(<f32>imax(1, some))));
    }
    memory.fill(s, 0, 2 * size);
    const rowsAtOnce = imax(8, imin(64, 16384 / size));
    for (let block = first; block < end; block += rowsAtOnce) {
      const last = imin(end, block + rowsAtOnce);
      touch(tid, x + block * size, (last - block) * size);
      let c = 0;
      for (; c + 32 <= size; c += 32) {
        let p = x + block * size + c;
        const h0 = v128.load(shift + c), h1 = v128.load(shift + c, 16);
        let s0 = f32x4.splat(0), s1 = s0, q0 = s0, q1 = s0;
        for (let row = block; row < last; row++) {
          const a = f32x4.sub(v128.load(p), h0), b = f32x4.sub(v128.load(p, 16), h1);
          s0 = f32x4.add(s0, a); s1 = f32x4.add(s1, b);
          q0 = fma(a, a, q0); q1 = fma(b, b, q1);
          p += size;
        }
        v128.store(s + c, f32x4.add(v128.load(s + c), s0)); v128.store(s + c, f32x4.add(v128.load(s + c, 16), s1), 16);
        v128.store(q + c, f32x4.add(v128.load(q + c), q0)); v128.store(q + c, f32x4.add(v128.load(q + c, 16), q1), 16);
      }
      for (; c < size; c += 16) {
        let p = x + block * size + c;
        const h0 = v128.load(shift + c);
        let s0 = f32x4.splat(0), q0 = s0;
        for (let row = block; row < last; row++) {
          const a = f32x4.sub(v128.load(p), h0);
          s0 = f32x4.add(s0, a); q0 = fma(a, a, q0);
          p += size;
        }
        v128.store(s + c, f32x4.add(v128.load(s + c), s0));
        v128.store(q + c, f32x4.add(v128.load(q + c), q0));
      }
    }
  }
}

// Joins the slices in float64 (Chan et al. 1983): mean, variance ÷ n, and factor = scale/√(variance + ε).
// Items: blocks of 64 of \`channels\` channels; \`stride\` of them in the sums.
export function bnMoments(_tid: i32, items: i32, sums: In, slices: i32, rows: i32, channels: i32, stride: i32, scale: In, epsilon: f64, mean: Out, variance: Out, factor: Out): void {
  const size = stride * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(channels, item * 64 + 64);
    for (let c = item * 64; c < end; c++) {
      let n = 0.0, m = 0.0, square = 0.0;
      for (let slice = 0; slice < slices; slice++) {
        const at = sums + slice * 3 * size + c * 4;
        const count = <f64>(<i32>((<i64>rows * (slice + 1)) / slices) - <i32>((<i64>rows * slice) / slices));
        if (count == 0) continue;
        const s = <f64>load<f32>(at + size), q = <f64>load<f32>(at + 2 * size);
        const here = <f64>load<f32>(at) + s / count, delta = here - m, total = n + count;
        square += q - s * s / count + delta * delta * n * count / total;
        m += delta * count / total;
        n = total;
      }
      const v = Math.max(square, 0) / n;
      store<f32>(mean + c * 4, <f32>m);
      store<f32>(variance + c * 4, <f32>v);
      store<f32>(factor + c * 4, <f32>(<f64>load<f32>(scale + c * 4) / Math.sqrt(v + epsilon)));
    }
  }
}

export function bnFactor(_tid: i32, _items: i32, variance: In, scale: In, epsilon: f64, channels: i32, factor: Out): void {
  for (let c = 0; c < channels * 4; c += 4) store<f32>(factor + c, <f32>(<f64>load<f32>(scale + c) / Math.sqrt(<f64>load<f32>(variance + c) + epsilon)));
}

// dOffset = Σ dz, dScale = Σ dz·(x − mean)/√(variance + ε), and what bnGradInput needs of them.
export function bnGradMoments(_tid: i32, items: i32, sums: In, slices: i32, rows: i32, channels: i32, stride: i32, variance: In, epsilon: f64, dScale: Out, dOffset: Out, one: Out, two: Out): void {
  const size = stride * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(channels, item * 64 + 64);
    for (let c = item * 64; c < end; c++) {
      let a = 0.0, b = 0.0;
      for (let slice = 0; slice < slices; slice++) {
        const at = sums + slice * 2 * size + c * 4;
        a += <f64>load<f32>(at);
        b += <f64>load<f32>(at + size);
      }
      const inverse = 1.0 / (<f64>load<f32>(variance + c * 4) + epsilon);
      store<f32>(dScale + c * 4, <f32>(b * Math.sqrt(inverse)));
      store<f32>(dOffset + c * 4, <f32>a);
      store<f32>(one + c * 4, <f32>(a / <f64>rows));
      store<f32>(two + c * 4, <f32>(b * inverse / <f64>rows));
    }
  }
}
${ACTIVATIONS.map(apply).join('\n')}
${ACTIVATIONS.map(sums).join('\n')}
${ACTIVATIONS.map(input).join('\n')}
`;

import { BINARY } from './elementwise.mjs';

// Functions of two values under any broadcast: along the last axis each operand goes on value by value or stays,
// along up to three more axes it goes on by a stride of its own (0: it stays).

/** Masks of the vectors x and y, stored as bytes 0 and 1. */
const COMPARISONS = [
  { broadcast: 'equalBroadcast', expression: 'f32x4.eq(x, y)' },
  { broadcast: 'notEqualBroadcast', expression: 'f32x4.ne(x, y)' },
  { broadcast: 'greaterBroadcast', expression: 'f32x4.gt(x, y)' },
  { broadcast: 'greaterEqualBroadcast', expression: 'f32x4.ge(x, y)' },
  { broadcast: 'lessBroadcast', expression: 'f32x4.lt(x, y)' },
  { broadcast: 'lessEqualBroadcast', expression: 'f32x4.le(x, y)' },
];

const NUMBERS = {
  bytes: 4,
  store: 'v128.store(q + i * 4, r)',
  storePart: 'storePart(q + i * 4, r, n - i)',
  // What is as long as the result does not stay behind along any axis.
  declared: '/** @over to: a, b */',
};
const BYTES = {
  bytes: 1,
  store: 'storeMask(q + i, r)',
  storePart: 'storeMaskPart(q + i, r, n - i)',
  declared: '',
};

/** One row, x or y a value that stays where \`load\` says so. */
const row = (load, expression, { store, storePart }) => `
        let i = 0;
        for (; i + 4 <= n; i += 4) { ${load} const r = ${expression}; ${store}; }
        if (i < n) { ${load} const r = ${expression}; ${storePart}; }`;

const kernel =
  (kind) =>
  ({ broadcast, expression }) => `
${kind.declared}
export function ${broadcast}(_tid: i32, items: i32, a: In, b: In, to: Out, n0: i32, n1: i32, n2: i32, n: i32, a0: i32, a1: i32, a2: i32, ai: i32, b0: i32, b1: i32, b2: i32, bi: i32, blockRows: i32): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * blockRows, end = imin(n0 * n1 * n2, first + blockRows);
    let k = first % n2, j = (first / n2) % n1, h = first / (n1 * n2);
    for (let line = first; line < end; line++) {
      const p = a + (h * a0 + j * a1 + k * a2) * 4, s = b + (h * b0 + j * b1 + k * b2) * 4, q = to + line * n * ${kind.bytes};
      if (ai && bi) {${row('const x = v128.load(p + i * 4), y = v128.load(s + i * 4);', expression, kind)}
      } else if (ai) {
        const y = v128.load32_splat(s);${row('const x = v128.load(p + i * 4);', expression, kind)}
      } else {
        const x = v128.load32_splat(p);${row('const y = v128.load(s + i * 4);', expression, kind)}
      }
      if (++k == n2) { k = 0; if (++j == n1) { j = 0; h++; } }
    }
  }
}`;

export const generate = () => `import { imin, nextItem, storePart } from './primitives';
import { In, Out } from './roles';

function storeMask(to: usize, mask: v128): void {
  const shorts = i16x8.narrow_i32x4_s(mask, mask);
  const bytes = v128.and(i8x16.narrow_i16x8_s(shorts, shorts), i8x16.splat(1));
  store<i32>(to, i32x4.extract_lane(bytes, 0));
}

function storeMaskPart(to: usize, mask: v128, w: i32): void {
  const bits = i32x4.bitmask(mask);
  for (let i = 0; i < w; i++) store<u8>(to + i, <u8>((bits >> i) & 1));
}
${BINARY.map(kernel(NUMBERS)).join('\n')}
${COMPARISONS.map(kernel(BYTES)).join('\n')}

// Values 0 and 1 of the bytes of truth values. Items: blocks of 16384 values.
export function boolToFloat(_tid: i32, items: i32, from: In, to: Out, count: i32): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * 16384);
    for (let i = item * 16384; i < end; i++) store<f32>(to + i * 4, <f32>load<u8>(from + i));
  }
}

export function intToFloat(_tid: i32, items: i32, from: In, to: Out, count: i32): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * 16384);
    for (let i = item * 16384; i < end; i += 4) v128.store(to + i * 4, f32x4.convert_i32x4_s(v128.load(from + i * 4)));
  }
}
`;

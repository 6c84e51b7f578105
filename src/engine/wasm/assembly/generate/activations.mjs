// Functions of one value that fewer networks need: 16384 values a piece of work, whole vectors written, as in
// elementwise.mjs. p and q are parameters.
const ELEMENTS = 16384;

/** Of one vector x. */
const PLAIN = {
  elu: 'v128.bitselect(f32x4.sub(expAll4(x), f32x4.splat(1)), x, f32x4.lt(x, f32x4.splat(0)))',
  tanh: 'tanh4(x)',
  log: 'log4(x)',
  rsqrt: 'f32x4.div(f32x4.splat(1), f32x4.sqrt(x))',
  reciprocal: 'f32x4.div(f32x4.splat(1), x)',
  sign: 'v128.or(v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1)), v128.and(f32x4.lt(x, f32x4.splat(0)), f32x4.splat(-1)))',
};

/** Of one vector x and two numbers. */
const WITH_PARAMETERS = {
  step: 'v128.bitselect(v128.bitselect(f32x4.splat(1), f32x4.splat(p), f32x4.gt(x, f32x4.splat(0))), x, f32x4.eq(x, x))',
  leakyRelu: 'v128.bitselect(f32x4.mul(x, f32x4.splat(p)), x, f32x4.lt(x, f32x4.splat(0)))',
  clip: 'f32x4.pmin(f32x4.pmax(x, f32x4.splat(p)), f32x4.splat(q))', // in this order NaN stays NaN
};

const loop = (expression) => `
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * ${ELEMENTS * 4}, end = imin(count * 4 - first, ${ELEMENTS * 4});
    for (let i = 0; i < end; i += 16) { const o = first + i, x = v128.load(from + o); v128.store(to + o, ${expression}); }
  }`;

const plain = ([name, expression]) => `
/** @over to: from */
export function ${name}(_tid: i32, items: i32, from: In, to: Out, count: i32): void {${loop(expression)}
}`;

const withParameters = ([name, expression]) => `
/** @over to: from */
export function ${name}(_tid: i32, items: i32, from: In, to: Out, count: i32, p: f32, q: f32): void {${loop(expression)}
}`;

export const generate = () => `import { exp4, expAll4, fma, imin, nextItem } from './primitives';
import { In, Out } from './roles';

// tanh: by e^(−2|x|), and near 0, where that would cancel, by the odd polynomial of Cephes' tanhf.
function tanh4(x: v128): v128 {
  const a = f32x4.abs(x), one = f32x4.splat(1), t = exp4(f32x4.mul(a, f32x4.splat(-2)));
  const far = f32x4.div(f32x4.sub(one, t), f32x4.add(one, t));
  const z = f32x4.mul(x, x);
  let s = fma(z, f32x4.splat(-5.70498872745e-3), f32x4.splat(2.06390887954e-2));
  s = fma(s, z, f32x4.splat(-5.37397155531e-2));
  s = fma(s, z, f32x4.splat(1.33314422036e-1));
  s = fma(s, z, f32x4.splat(-3.33332819422e-1));
  const near = fma(f32x4.mul(s, z), x, x);
  const signed = v128.or(far, v128.and(x, i32x4.splat(0x80000000)));
  const y = v128.bitselect(near, signed, f32x4.lt(a, f32x4.splat(0.625)));
  return v128.bitselect(y, x, f32x4.eq(x, x));
}

// ln x: x = m·2^e with m in [√½, √2), and the polynomial of Cephes' logf.
function log4(x: v128): v128 {
  // Numbers below the normal ones are brought up first.
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const bits = v128.bitselect(f32x4.mul(x, f32x4.splat(8388608)), x, tiny);
  let e = i32x4.sub(i32x4.shr_u(bits, 23), v128.bitselect(i32x4.splat(126 + 23), i32x4.splat(126), tiny));
  let m = v128.or(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const small = f32x4.lt(m, f32x4.splat(0.707106781186547524));
  e = i32x4.add(e, small);
  m = f32x4.sub(f32x4.add(m, v128.and(m, small)), f32x4.splat(1));
  const n = f32x4.convert_i32x4_s(e), z = f32x4.mul(m, m);
  let s = fma(m, f32x4.splat(7.0376836292e-2), f32x4.splat(-1.1514610310e-1));
  s = fma(s, m, f32x4.splat(1.1676998740e-1));
  s = fma(s, m, f32x4.splat(-1.2420140846e-1));
  s = fma(s, m, f32x4.splat(1.4249322787e-1));
  s = fma(s, m, f32x4.splat(-1.6668057665e-1));
  s = fma(s, m, f32x4.splat(2.0000714765e-1));
  s = fma(s, m, f32x4.splat(-2.4999993993e-1));
  s = fma(s, m, f32x4.splat(3.3333331174e-1));
  let y = fma(n, f32x4.splat(-2.12194440e-4), f32x4.mul(f32x4.mul(m, z), s));
  y = f32x4.add(m, fma(z, f32x4.splat(-0.5), y));
  y = fma(n, f32x4.splat(0.693359375), y);
  y = v128.bitselect(f32x4.splat(-Infinity), y, f32x4.eq(x, f32x4.splat(0)));
  y = v128.bitselect(x, y, f32x4.eq(x, f32x4.splat(Infinity)));
  // Below zero, and for NaN, it is NaN.
  return v128.bitselect(y, f32x4.splat(NaN), f32x4.ge(x, f32x4.splat(0)));
}
${Object.entries(PLAIN).map(plain).join('\n')}
${Object.entries(WITH_PARAMETERS).map(withParameters).join('\n')}
`;

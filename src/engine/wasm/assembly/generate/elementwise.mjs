// Kernels that work value by value: 16384 values a piece of work. They write whole vectors, up to 12
// bytes past the end, which every tensor has to spare.
const ELEMENTS = 16384;

/** Of one vector x. */
const UNARY = {
  relu: 'f32x4.pmax(x, f32x4.splat(0))', // in this order NaN stays NaN
  sigmoid: 'sigmoid4(x)',
  swish: 'swish4(x)',
  neg: 'f32x4.neg(x)',
  square: 'f32x4.mul(x, x)',
  sqrt: 'f32x4.sqrt(x)',
  abs: 'f32x4.abs(x)',
  exp: 'expAll4(x)',
};

/** Of the vectors x and y; y may also be one value, or one a channel. */
export const BINARY = {
  add: 'f32x4.add(x, y)',
  sub: 'f32x4.sub(x, y)',
  mul: 'f32x4.mul(x, y)',
  div: 'f32x4.div(x, y)',
  maximum: 'f32x4.max(x, y)',
  minimum: 'f32x4.min(x, y)',
  squaredDifference: 'f32x4.mul(f32x4.sub(x, y), f32x4.sub(x, y))',
};

/** Gradients: of the vectors x (dy) and y (the input or the output of the operation). */
const GRADIENTS = {
  reluGrad: 'v128.and(x, f32x4.gt(y, f32x4.splat(0)))',
  sigmoidGrad: 'f32x4.mul(f32x4.mul(x, y), f32x4.sub(f32x4.splat(1), y))',
  swishGrad: 'swishSlope(x, y)',
  eluGrad: 'v128.bitselect(f32x4.mul(x, f32x4.add(y, f32x4.splat(1))), x, f32x4.lt(y, f32x4.splat(0)))',
};

const loop = (body) => `
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * ${ELEMENTS * 4}, end = imin(count * 4 - first, ${ELEMENTS * 4});
    for (let i = 0; i < end; i += 16) { const o = first + i; ${body} }
  }`;

const unary = ([name, expression]) => `
export function ${name}(_tid: i32, items: i32, from: usize, to: usize, count: i32): void {${loop(
  `const x = v128.load(from + o); v128.store(to + o, ${expression});`,
)}
}`;

const binary = ([name, expression]) => `
export function ${name}(_tid: i32, items: i32, a: usize, b: usize, to: usize, count: i32): void {${loop(
  `const x = v128.load(a + o), y = v128.load(b + o); v128.store(to + o, ${expression});`,
)}
}`;

const broadcast = ([name, expression]) => `
// The second operand is one value.
export function ${name}Value(_tid: i32, items: i32, a: usize, b: usize, to: usize, count: i32): void {
  const y = v128.load32_splat(b);${loop(`const x = v128.load(a + o); v128.store(to + o, ${expression});`)}
}
// The first operand is one value.
export function ${name}ToValue(_tid: i32, items: i32, a: usize, b: usize, to: usize, count: i32): void {
  const x = v128.load32_splat(a);${loop(`const y = v128.load(b + o); v128.store(to + o, ${expression});`)}
}
// The second operand has one value a channel. Items: blocks of \`blockRows\` rows.
export function ${name}Channels(_tid: i32, items: i32, a: usize, b: usize, to: usize, rows: i32, channels: i32, blockRows: i32): void {
  const size = channels * 4;
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(rows, (item + 1) * blockRows);
    for (let row = item * blockRows; row < end; row++) {
      const p = a + row * size, q = to + row * size;
      let c = 0;
      for (; c + 16 <= size; c += 16) { const x = v128.load(p + c), y = v128.load(b + c); v128.store(q + c, ${expression}); }
      if (c < size) { const x = v128.load(p + c), y = v128.load(b + c); storePart(q + c, ${expression}, (size - c) >> 2); }
    }
  }
}`;

export const generate =
  () => `import { expAll4, fma, fnma, imin, nextItem, sigmoid4, storePart, swish4 } from './common';

// dy·σ(x)(1 + x(1 − σ(x)))
function swishSlope(dy: v128, x: v128): v128 {
  const s = sigmoid4(x);
  return f32x4.mul(dy, fma(f32x4.mul(x, s), f32x4.sub(f32x4.splat(1), s), s));
}
${Object.entries(UNARY).map(unary).join('\n')}
${Object.entries({ ...BINARY, ...GRADIENTS })
  .map(binary)
  .join('\n')}
${Object.entries(BINARY).map(broadcast).join('\n')}

// average ← decay·average + (1 − decay)·value
export function movingAverage(_tid: i32, items: i32, average: usize, value: usize, to: usize, count: i32, decay: f32, rest: f32): void {
  const d = f32x4.splat(decay), r = f32x4.splat(rest);${loop(
    `v128.store(to + o, fma(r, v128.load(value + o), f32x4.mul(d, v128.load(average + o))));`,
  )}
}

// See AdamUpdate in kernels.ts. The rate and the powers of β are read from tensors.
export function adam(_tid: i32, items: i32, p: usize, g: usize, m: usize, v: usize, rateAt: usize, power1: usize, power2: usize, newP: usize, newM: usize, newV: usize, count: i32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, decay: f32): void {
  const rate = load<f32>(rateAt);
  const keep = f32x4.splat(1 - rate * decay), b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1), b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2), e = f32x4.splat(epsilon);
  const step = f32x4.splat(rate / (1 - load<f32>(power1))), scale = f32x4.splat(<f32>(1.0 / Math.sqrt(1.0 - <f64>load<f32>(power2))));${loop(
    `const gi = v128.load(g + o);
     const mi = fma(r1, gi, f32x4.mul(b1, v128.load(m + o)));
     const vi = fma(f32x4.mul(r2, gi), gi, f32x4.mul(b2, v128.load(v + o)));
     v128.store(newM + o, mi);
     v128.store(newV + o, vi);
     const d = f32x4.div(f32x4.mul(step, mi), fma(f32x4.sqrt(vi), scale, e));
     v128.store(newP + o, f32x4.sub(f32x4.mul(v128.load(p + o), keep), d));`,
  )}
}

// See SgdUpdate in kernels.ts.
export function sgd(_tid: i32, items: i32, p: usize, g: usize, v: usize, rateAt: usize, newP: usize, newV: usize, count: i32, momentum: f32, nesterov: i32, decay: f32): void {
  const rate = load<f32>(rateAt);
  const keep = f32x4.splat(1 - rate * decay), mu = f32x4.splat(momentum), step = f32x4.splat(rate);${loop(
    `const gi = v128.load(g + o);
     const vi = fma(mu, v128.load(v + o), gi);
     v128.store(newV + o, vi);
     const d = nesterov ? fma(mu, vi, gi) : vi;
     v128.store(newP + o, fnma(step, d, f32x4.mul(v128.load(p + o), keep)));`,
  )}
}

// See RmsPropUpdate in kernels.ts.
export function rmsProp(_tid: i32, items: i32, p: usize, g: usize, s: usize, v: usize, rateAt: usize, newP: usize, newS: usize, newV: usize, count: i32, rho: f32, rest: f32, momentum: f32, epsilon: f32, decay: f32): void {
  const rate = load<f32>(rateAt);
  const keep = f32x4.splat(1 - rate * decay), mu = f32x4.splat(momentum), step = f32x4.splat(rate), r = f32x4.splat(rest), d = f32x4.splat(rho), e = f32x4.splat(epsilon);${loop(
    `const gi = v128.load(g + o);
     const si = fma(f32x4.mul(r, gi), gi, f32x4.mul(d, v128.load(s + o)));
     const vi = fma(mu, v128.load(v + o), f32x4.div(gi, f32x4.add(f32x4.sqrt(si), e)));
     v128.store(newS + o, si);
     v128.store(newV + o, vi);
     v128.store(newP + o, fnma(step, vi, f32x4.mul(v128.load(p + o), keep)));`,
  )}
}
`;

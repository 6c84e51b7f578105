// Kernels that work value by value: 16384 values a piece of work. They write whole vectors, up to 12
// bytes past the end, which every tensor has to spare.
const ELEMENTS = 16384;

/** Of one vector x. */
const UNARY = {
  relu: 'f32x4.pmax(x, f32x4.splat(0))', // in this order NaN stays NaN
  sigmoid: 'sigmoid4(x)',
  swish: 'swish4(x)',
  gelu: 'gelu4(x)',
  neg: 'f32x4.neg(x)',
  square: 'f32x4.mul(x, x)',
  sqrt: 'f32x4.sqrt(x)',
  abs: 'f32x4.abs(x)',
  exp: 'expAll4(x)',
};

/**
 * Of the vectors x and y: of two tensors of one shape (`same`); of a tensor and one value, or one value a channel; of one
 * value and a tensor; and under any other broadcast (see broadcast.mjs).
 */
export const BINARY = [
  {
    expression: 'f32x4.add(x, y)',
    same: 'add',
    value: 'addValue',
    toValue: 'addToValue',
    channels: 'addChannels',
    broadcast: 'addBroadcast',
  },
  {
    expression: 'f32x4.sub(x, y)',
    same: 'sub',
    value: 'subValue',
    toValue: 'subToValue',
    channels: 'subChannels',
    broadcast: 'subBroadcast',
  },
  {
    expression: 'f32x4.mul(x, y)',
    same: 'mul',
    value: 'mulValue',
    toValue: 'mulToValue',
    channels: 'mulChannels',
    broadcast: 'mulBroadcast',
  },
  {
    expression: 'f32x4.div(x, y)',
    same: 'div',
    value: 'divValue',
    toValue: 'divToValue',
    channels: 'divChannels',
    broadcast: 'divBroadcast',
  },
  {
    expression: 'f32x4.max(x, y)',
    same: 'maximum',
    value: 'maximumValue',
    toValue: 'maximumToValue',
    channels: 'maximumChannels',
    broadcast: 'maximumBroadcast',
  },
  {
    expression: 'f32x4.min(x, y)',
    same: 'minimum',
    value: 'minimumValue',
    toValue: 'minimumToValue',
    channels: 'minimumChannels',
    broadcast: 'minimumBroadcast',
  },
  {
    expression: 'f32x4.mul(f32x4.sub(x, y), f32x4.sub(x, y))',
    same: 'squaredDifference',
    value: 'squaredDifferenceValue',
    toValue: 'squaredDifferenceToValue',
    channels: 'squaredDifferenceChannels',
    broadcast: 'squaredDifferenceBroadcast',
  },
];

/** Gradients: of the vectors d (dy) and v (the output of the operation, or its input: of swish and GELU). */
const GRADIENTS = {
  reluGrad: 'v128.and(d, f32x4.gt(v, f32x4.splat(0)))',
  sigmoidGrad: 'f32x4.mul(f32x4.mul(d, v), f32x4.sub(f32x4.splat(1), v))',
  swishGrad: 'swishSlope(d, v)',
  geluGrad: 'f32x4.mul(d, geluSlope4(v))',
  eluGrad: 'v128.bitselect(f32x4.mul(d, f32x4.add(v, f32x4.splat(1))), d, f32x4.lt(v, f32x4.splat(0)))',
};

const loop = (body) => `
  for (let item = nextItem(); item < items; item = nextItem()) {
    const first = item * ${ELEMENTS * 4}, end = imin(count * 4 - first, ${ELEMENTS * 4});
    for (let i = 0; i < end; i += 16) { const o = first + i; ${body} }
  }`;

const unary = ([name, expression]) => `
/** @over to: from */
export function ${name}(_tid: i32, items: i32, from: In, to: Out, count: i32): void {${loop(
  `const x = v128.load(from + o); v128.store(to + o, ${expression});`,
)}
}`;

const binary = ({ same, expression }) => `
/** @over to: a, b */
export function ${same}(_tid: i32, items: i32, a: In, b: In, to: Out, count: i32): void {${loop(
  `const x = v128.load(a + o), y = v128.load(b + o); v128.store(to + o, ${expression});`,
)}
}`;

const gradient = ([name, expression]) => `
/** @over to: dy, y */
export function ${name}(_tid: i32, items: i32, dy: In, y: In, to: Out, count: i32): void {${loop(
  `const d = v128.load(dy + o), v = v128.load(y + o); v128.store(to + o, ${expression});`,
)}
}`;

const broadcast = ({ value, toValue, channels, expression }) => `
/**
 * The second operand is one value.
 * @over to: a
 */
export function ${value}(_tid: i32, items: i32, a: In, b: In, to: Out, count: i32): void {
  const y = v128.load32_splat(b);${loop(`const x = v128.load(a + o); v128.store(to + o, ${expression});`)}
}
/**
 * The first operand is one value.
 * @over to: b
 */
export function ${toValue}(_tid: i32, items: i32, a: In, b: In, to: Out, count: i32): void {
  const x = v128.load32_splat(a);${loop(`const y = v128.load(b + o); v128.store(to + o, ${expression});`)}
}
/**
 * The second operand has one value a channel. Items: blocks of \`blockRows\` rows.
 * @over to: a
 */
export function ${channels}(_tid: i32, items: i32, a: In, b: In, to: Out, rows: i32, channels: i32, blockRows: i32): void {
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
  () => `import { expAll4, fma, fnma, gelu4, geluSlope4, imin, nextItem, sigmoid4, storePart, swish4 } from './primitives';
import { In, Out } from './roles';

// dy·σ(x)(1 + x(1 − σ(x)))
function swishSlope(dy: v128, x: v128): v128 {
  const s = sigmoid4(x);
  return f32x4.mul(dy, fma(f32x4.mul(x, s), f32x4.sub(f32x4.splat(1), s), s));
}
${Object.entries(UNARY).map(unary).join('\n')}
${BINARY.map(binary).join('\n')}
${Object.entries(GRADIENTS).map(gradient).join('\n')}
${BINARY.map(broadcast).join('\n')}

/**
 * average ← decay·average + (1 − decay)·value
 * @over to: average, value
 */
export function movingAverage(_tid: i32, items: i32, average: In, value: In, to: Out, count: i32, decay: f32, rest: f32): void {
  const d = f32x4.splat(decay), r = f32x4.splat(rest);${loop(
    `v128.store(to + o, fma(r, v128.load(value + o), f32x4.mul(d, v128.load(average + o))));`,
  )}
}

/**
 * See WeightedSum in engine/kernels/. The weights are read from tensors.
 * @over to: left, right
 */
export function weightedSum(_tid: i32, items: i32, left: In, right: In, leftWeight: In, rightWeight: In, to: Out, count: i32): void {
  const l = v128.load32_splat(leftWeight), r = v128.load32_splat(rightWeight);${loop(
    `v128.store(to + o, fma(r, v128.load(right + o), f32x4.mul(l, v128.load(left + o))));`,
  )}
}

/**
 * See AdamUpdate in engine/kernels/. The rate and the powers of β are read from tensors.
 * @over newParameter: parameter
 * @over newFirstMoment: firstMoment
 * @over newSecondMoment: secondMoment
 */
export function adam(_tid: i32, items: i32, parameter: In, gradient: In, firstMoment: In, secondMoment: In, learningRate: In, beta1Power: In, beta2Power: In, newParameter: Out, newFirstMoment: Out, newSecondMoment: Out, count: i32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, epsilon: f32, weightDecay: f32): void {
  const rate = load<f32>(learningRate);
  const keep = f32x4.splat(1 - rate * weightDecay), b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1), b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2), e = f32x4.splat(epsilon);
  const step = f32x4.splat(rate / (1 - load<f32>(beta1Power))), scale = f32x4.splat(<f32>(1.0 / Math.sqrt(1.0 - <f64>load<f32>(beta2Power))));${loop(
    `const g = v128.load(gradient + o);
     const m = fma(r1, g, f32x4.mul(b1, v128.load(firstMoment + o)));
     const v = fma(f32x4.mul(r2, g), g, f32x4.mul(b2, v128.load(secondMoment + o)));
     v128.store(newFirstMoment + o, m);
     v128.store(newSecondMoment + o, v);
     const d = f32x4.div(f32x4.mul(step, m), fma(f32x4.sqrt(v), scale, e));
     v128.store(newParameter + o, f32x4.sub(f32x4.mul(v128.load(parameter + o), keep), d));`,
  )}
}

/**
 * See LionUpdate in engine/kernels/.
 * @over newParameter: parameter
 * @over newMomentum: momentum
 */
export function lion(_tid: i32, items: i32, parameter: In, gradient: In, momentum: In, learningRate: In, newParameter: Out, newMomentum: Out, count: i32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, weightDecay: f32): void {
  const rate = load<f32>(learningRate);
  const keep = f32x4.splat(1 - rate * weightDecay), step = f32x4.splat(rate), b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1), b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2);${loop(
    `const g = v128.load(gradient + o), m = v128.load(momentum + o);
     const c = fma(r1, g, f32x4.mul(b1, m));
     v128.store(newMomentum + o, fma(r2, g, f32x4.mul(b2, m)));
     // 0 and NaN stay what they are.
     const one = v128.or(v128.and(c, i32x4.splat(0x80000000)), f32x4.splat(1));
     const sign = v128.bitselect(one, c, f32x4.gt(f32x4.abs(c), f32x4.splat(0)));
     v128.store(newParameter + o, fnma(step, sign, f32x4.mul(v128.load(parameter + o), keep)));`,
  )}
}

/**
 * See SgdUpdate in engine/kernels/.
 * @over newParameter: parameter
 * @over newVelocity: velocity
 */
export function sgd(_tid: i32, items: i32, parameter: In, gradient: In, velocity: In, learningRate: In, newParameter: Out, newVelocity: Out, count: i32, momentum: f32, nesterov: i32, weightDecay: f32, penalty: f32): void {
  const rate = load<f32>(learningRate);
  const keep = f32x4.splat(1 - rate * weightDecay), mu = f32x4.splat(momentum), step = f32x4.splat(rate), l2 = f32x4.splat(penalty);${loop(
    `let g = v128.load(gradient + o);
     if (penalty != 0) g = fma(l2, v128.load(parameter + o), g);
     const v = fma(mu, v128.load(velocity + o), g);
     v128.store(newVelocity + o, v);
     const d = nesterov ? fma(mu, v, g) : v;
     v128.store(newParameter + o, fnma(step, d, f32x4.mul(v128.load(parameter + o), keep)));`,
  )}
}

/**
 * See RmsPropUpdate in engine/kernels/.
 * @over newParameter: parameter
 * @over newMeanSquare: meanSquare
 * @over newVelocity: velocity
 */
export function rmsProp(_tid: i32, items: i32, parameter: In, gradient: In, meanSquare: In, velocity: In, learningRate: In, newParameter: Out, newMeanSquare: Out, newVelocity: Out, count: i32, decay: f32, rest: f32, momentum: f32, epsilon: f32, weightDecay: f32): void {
  const rate = load<f32>(learningRate);
  const keep = f32x4.splat(1 - rate * weightDecay), mu = f32x4.splat(momentum), step = f32x4.splat(rate), r = f32x4.splat(rest), d = f32x4.splat(decay), e = f32x4.splat(epsilon);${loop(
    `const g = v128.load(gradient + o);
     const s = fma(f32x4.mul(r, g), g, f32x4.mul(d, v128.load(meanSquare + o)));
     const v = fma(mu, v128.load(velocity + o), f32x4.div(g, f32x4.add(f32x4.sqrt(s), e)));
     v128.store(newMeanSquare + o, s);
     v128.store(newVelocity + o, v);
     v128.store(newParameter + o, fnma(step, v, f32x4.mul(v128.load(parameter + o), keep)));`,
  )}
}
`;

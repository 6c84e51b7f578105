// What optimizers are made of that look at a parameter as a whole: LAMB at its norm, Muon at the matrix that it is.
// Pieces of work are 16384 values, as in elementwise.mjs.
import { fma, fnma, imin, nextItem, sumLanes } from './primitives';
import { In, Out } from './roles';

const PIECE: i32 = 16384;
/** Values that are summed in 32 bits before the sum is added to one in 64. */
const BLOCK: i32 = 512;

/** Σ x² of each piece of work: to [items]. */
export function squareSums(_tid: i32, items: i32, from: In, to: Out, count: i32): void {
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * PIECE);
    let total: f64 = 0;
    for (let block = item * PIECE; block < end; block += BLOCK) {
      const last = imin(end, block + BLOCK);
      let a = f32x4.splat(0);
      let i = block;
      for (; i + 4 <= last; i += 4) {
        const x = v128.load(from + i * 4);
        a = fma(x, x, a);
      }
      let sum = sumLanes(a);
      for (; i < last; i++) {
        const x = load<f32>(from + i * 4);
        sum += x * x;
      }
      total += <f64>sum;
    }
    store<f32>(to + item * 4, <f32>total);
  }
}

/** √ of the sum of what `squareSums` has left. */
function normOf(sums: usize, pieces: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < pieces; i++) total += <f64>load<f32>(sums + i * 4);
  return Math.sqrt(total);
}

/**
 * See LambUpdate in engine/kernels/: the moments, and the step before its length is set, of which the parameter's share
 * is `inGradient`.
 * @over newFirstMoment: firstMoment
 * @over newSecondMoment: secondMoment
 */
export function lambMoments(
  _tid: i32,
  items: i32,
  parameter: In,
  gradient: In,
  firstMoment: In,
  secondMoment: In,
  beta1Power: In,
  beta2Power: In,
  newFirstMoment: Out,
  newSecondMoment: Out,
  step: Out,
  count: i32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  epsilon: f32,
  inGradient: f32,
): void {
  const b1 = f32x4.splat(beta1),
    r1 = f32x4.splat(rest1),
    b2 = f32x4.splat(beta2),
    r2 = f32x4.splat(rest2),
    e = f32x4.splat(epsilon),
    w = f32x4.splat(inGradient);
  const c1 = f32x4.splat(1 / (1 - load<f32>(beta1Power)));
  const c2 = f32x4.splat(<f32>(1.0 / Math.sqrt(1.0 - <f64>load<f32>(beta2Power))));
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * PIECE) * 4;
    for (let o = item * PIECE * 4; o < end; o += 16) {
      const g = v128.load(gradient + o);
      const m = fma(r1, g, f32x4.mul(b1, v128.load(firstMoment + o)));
      const v = fma(f32x4.mul(r2, g), g, f32x4.mul(b2, v128.load(secondMoment + o)));
      v128.store(newFirstMoment + o, m);
      v128.store(newSecondMoment + o, v);
      const d = f32x4.div(f32x4.mul(c1, m), fma(f32x4.sqrt(v), c2, e));
      v128.store(step + o, fma(w, v128.load(parameter + o), d));
    }
  }
}

/**
 * See LambUpdate in engine/kernels/: the parameter moves by the step, whose length is the parameter's own times the rate
 * where `adapts`. `pieces` sums of squares of both; the parameter has shrunk by `apart` times the rate before.
 * @over newParameter: parameter
 */
export function lambStep(
  _tid: i32,
  items: i32,
  parameter: In,
  step: In,
  parameterSums: In,
  stepSums: In,
  learningRate: In,
  newParameter: Out,
  count: i32,
  pieces: i32,
  adapts: i32,
  clips: i32,
  apart: f32,
): void {
  const rate = load<f32>(learningRate);
  const kept: f32 = 1 - rate * apart;
  const own = normOf(parameterSums, pieces) * <f64>Mathf.abs(kept);
  const length = normOf(stepSums, pieces);
  let ratio: f64 = 1;
  if (adapts && own > 0 && length > 0) ratio = own / length;
  if (clips) ratio = Math.min(ratio, 1);
  const k = f32x4.splat(kept),
    r = f32x4.splat(<f32>(ratio * <f64>rate));
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * PIECE) * 4;
    for (let o = item * PIECE * 4; o < end; o += 16)
      v128.store(newParameter + o, fnma(r, v128.load(step + o), f32x4.mul(v128.load(parameter + o), k)));
  }
}

/**
 * See MuonUpdate in engine/kernels/: the momentum, and the direction that is made orthogonal.
 * @over newMomentum: momentum
 */
export function muonMomentum(
  _tid: i32,
  items: i32,
  gradient: In,
  momentum: In,
  newMomentum: Out,
  direction: Out,
  count: i32,
  keep: f32,
  rest: f32,
  nesterov: i32,
): void {
  const k = f32x4.splat(keep),
    r = f32x4.splat(rest);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * PIECE) * 4;
    for (let o = item * PIECE * 4; o < end; o += 16) {
      const g = v128.load(gradient + o);
      const m = fma(r, g, f32x4.mul(k, v128.load(momentum + o)));
      v128.store(newMomentum + o, m);
      v128.store(direction + o, nesterov ? fma(r, g, f32x4.mul(k, m)) : m);
    }
  }
}

/**
 * x / (‖x‖ + ε), of whose squares there are `pieces` sums.
 * @over to: from
 */
export function divideByNorm(
  _tid: i32,
  items: i32,
  from: In,
  sums: In,
  to: Out,
  count: i32,
  pieces: i32,
  epsilon: f32,
): void {
  const factor = f32x4.splat(<f32>(1 / (normOf(sums, pieces) + <f64>epsilon)));
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * PIECE) * 4;
    for (let o = item * PIECE * 4; o < end; o += 16)
      v128.store(to + o, f32x4.mul(factor, v128.load(from + o)));
  }
}

/**
 * parameter·norm/‖parameter‖ − rate·scale·step, of whose squares there are `pieces` sums.
 * @over newParameter: parameter, step
 */
export function fixedNormStep(
  _tid: i32,
  items: i32,
  parameter: In,
  step: In,
  sums: In,
  learningRate: In,
  newParameter: Out,
  count: i32,
  pieces: i32,
  norm: f32,
  scale: f32,
  smallest: f32,
): void {
  const k = f32x4.splat(<f32>(<f64>norm / (normOf(sums, pieces) + <f64>smallest))),
    r = f32x4.splat(load<f32>(learningRate) * scale);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * PIECE) * 4;
    for (let o = item * PIECE * 4; o < end; o += 16)
      v128.store(newParameter + o, fnma(r, v128.load(step + o), f32x4.mul(v128.load(parameter + o), k)));
  }
}

/**
 * parameter·(1 − rate·weightDecay) − rate·scale·step.
 * @over newParameter: parameter, step
 */
export function decayedStep(
  _tid: i32,
  items: i32,
  parameter: In,
  step: In,
  learningRate: In,
  newParameter: Out,
  count: i32,
  scale: f32,
  weightDecay: f32,
): void {
  const rate = load<f32>(learningRate);
  const k = f32x4.splat(1 - rate * weightDecay),
    r = f32x4.splat(rate * scale);
  for (let item = nextItem(); item < items; item = nextItem()) {
    const end = imin(count, (item + 1) * PIECE) * 4;
    for (let o = item * PIECE * 4; o < end; o += 16)
      v128.store(newParameter + o, fnma(r, v128.load(step + o), f32x4.mul(v128.load(parameter + o), k)));
  }
}

import { expect } from 'vitest';
import { RandomStream } from '../util/random.js';
import { openEngine } from './engine.js';
import * as tf from './tf.js';

/** A tensor of a `.golden.json`: every value of a small one, head and two sums of a large one. */
export interface Golden {
  readonly shape: readonly number[];
  readonly values?: readonly number[];
  readonly head?: readonly number[];
  readonly sum?: number;
  /** Σ value · pattern, salt 99: tells apart values that changed places. */
  readonly dot?: number;
}

/** Puts the engine that defines the numbers, tf.js's plain cpu backend, into use. */
export async function openReference(): Promise<void> {
  (await openEngine({ name: 'reference', device: 'cpu', threads: 1 })).use();
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Multiples of 1/8 between −11/8 and 11/8 without a short period: exact in float32, and easy to repeat elsewhere. */
export function pattern(shape: readonly number[], salt: number): Float32Array {
  return Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => ((((i * (i + 3) * 31 + salt * 101) % 1009) % 23) - 11) / 8,
  );
}

export function patternTensor<T extends tf.Tensor>(shape: readonly number[], salt: number): T {
  return tf.tensor(pattern(shape, salt), [...shape]) as T;
}

/** Uniform numbers that are multiples of 2⁻¹², the same for the same shape and salt. */
export function uniform(shape: readonly number[], salt: number, low = -1, high = 1): Float32Array {
  const stream = new RandomStream('test', salt, ...shape);
  return Float32Array.from({ length: sizeOf(shape) }, () => onGrid(stream.between(low, high)));
}

export function uniformTensor<T extends tf.Tensor>(
  shape: readonly number[],
  salt: number,
  low = -1,
  high = 1,
): T {
  return tf.tensor(uniform(shape, salt, low, high), [...shape]) as T;
}

export function valuesOf(tensor: tf.Tensor): number[] {
  return [...tensor.dataSync<'float32'>()];
}

/** Equal within `tolerance · max(1, |expected|)`, value by value; a NaN only equals a NaN. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance = 1e-6,
  what = 'value',
): void {
  expect(actual.length, `${what}: length`).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(expected[i]));
    const isSame = Object.is(actual[i], expected[i]) || Math.abs(actual[i] - expected[i]) <= allowed;
    if (!isSame) expect.fail(`${what} ${i}: expected ${expected[i]}, got ${actual[i]}`);
  }
}

/** A tensor is what another computation found. */
export function expectGolden(tensor: tf.Tensor, golden: Golden, tolerance = 1e-6, what = 'value'): void {
  expect(tensor.shape, `${what}: shape`).toEqual(golden.shape);
  const values = valuesOf(tensor);
  if (golden.values) return expectClose(values, golden.values, tolerance, what);
  expectClose(values.slice(0, golden.head!.length), golden.head!, tolerance, what);
  const weights = pattern([values.length], 99);
  const sum = values.reduce((total, value) => total + value, 0);
  const dot = values.reduce((total, value, i) => total + value * weights[i], 0);
  expectClose([sum, dot], [golden.sum!, golden.dot!], tolerance, `${what}: sum and weighted sum`);
}

export interface GradientCheck {
  /** Allowed error of a directional derivative, as a share of the gradient's norm. */
  readonly tolerance?: number;
  readonly directions?: number;
}

/**
 * Checks the gradient of L = Σ w·f() to each variable against differences of L along random directions ±1.
 *
 * L is summed in float64 over float32 outputs. The differences are of fourth order,
 * (8(L₁ − L₋₁) − (L₂ − L₋₂)) / 12h with h = 2⁻⁷, and the variables are first put on a grid of 2⁻¹², so
 * that every point x + m·h·u is exact: what remains is the rounding of f’s outputs, about 3e-5. The default
 * tolerance is 2e-4 of the gradient's norm, which is the root mean square of the derivative over all directions.
 * Functions with kinks must be called at points that are more than 2h·slope away from them.
 */
export function expectGradients(
  f: () => tf.Tensor,
  variables: Readonly<Record<string, tf.Variable>>,
  { tolerance = 2e-4, directions = 4 }: GradientCheck = {},
): void {
  const step = 2 ** -7;
  for (const variable of Object.values(variables)) assign(variable, valuesOf(variable).map(onGrid));
  const shape = tf.tidy(() => f().shape);
  const weights = uniform(shape, 77);
  const w = tf.tensor(weights, shape);
  const { value, grads } = tf.variableGrads(
    () => tf.sum(tf.mul(f(), w)) as tf.Scalar,
    Object.values(variables),
  );
  const loss = (): number => {
    const y = f();
    const sum = y.dataSync<'float32'>().reduce((total, each, i) => total + each * weights[i], 0);
    y.dispose();
    return sum;
  };
  for (const [name, variable] of Object.entries(variables)) {
    const gradient = grads[variable.name];
    expect(gradient, `${name} has a gradient`).toBeDefined();
    expect(gradient.shape, `gradient of ${name}: shape`).toEqual(variable.shape);
    const analytic = valuesOf(gradient);
    const norm = Math.hypot(...analytic);
    expect(norm, `gradient of ${name}: norm`).toBeGreaterThan(0);
    const start = valuesOf(variable);
    for (let d = 0; d < directions; d++) {
      const stream = new RandomStream('direction', name, d);
      const direction = start.map(() => (stream.uniform() < 0.5 ? -1 : 1));
      const at = (m: number): number => {
        assign(
          variable,
          start.map((x, i) => x + m * step * direction[i]),
        );
        return loss();
      };
      const numeric = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
      const expected = analytic.reduce((sum, g, i) => sum + g * direction[i], 0);
      const error = Math.abs(numeric - expected) / norm;
      expect(
        error,
        `gradient of ${name} along direction ${d}: differences say ${numeric}, it is ${expected}; error`,
      ).toBeLessThan(tolerance);
    }
    assign(variable, start);
  }
  value.dispose();
  w.dispose();
  for (const gradient of Object.values(grads)) gradient?.dispose();
}

function onGrid(value: number): number {
  return Math.round(value * 4096) / 4096;
}

function assign(variable: tf.Variable, values: readonly number[]): void {
  const value = tf.tensor([...values], variable.shape, 'float32');
  variable.assign(value);
  value.dispose();
}

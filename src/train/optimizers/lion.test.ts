import { beforeAll, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../../engine/testing.js';
import { scalar, tensor1d, variable, type Tensor } from '../../engine/tf.js';
import { createOptimizer } from '../optimizer.js';
import { optimizer as options } from '../optimizer-options.js';

beforeAll(openReference);

/** Algorithm 2 of Chen et al. 2023 as it is printed, on plain numbers; η is the learning rate, λ the decay. */
function algorithm2(start: readonly number[], gradients: readonly (readonly number[])[], rates: number[]) {
  const [beta1, beta2, lambda] = [0.8, 0.95, 0.3];
  let theta = [...start];
  let m = start.map(() => 0);
  return gradients.map((g, t) => {
    const eta = rates[t]!;
    const c = m.map((value, i) => beta1 * value + (1 - beta1) * g[i]!);
    theta = theta.map((value, i) => value - eta * (Math.sign(c[i]!) + lambda * value));
    m = m.map((value, i) => beta2 * value + (1 - beta2) * g[i]!);
    return { theta, m };
  });
}

it('is Lion over several steps, under a learning rate that changes', () => {
  const start = [0.5, -1.25, 2, 0, 0.125];
  // Signs that the momentum outvotes for a while, a gradient that is 0 at first, and one that always is.
  const gradients = [
    [1, -2, 0, 0.5, 0],
    [1, -1, 3, -0.25, 0],
    [-0.125, 0.5, -1, 0, 0],
    [-8, 4, -1, 0, 0],
    [0.5, 0.5, 0.25, -0.75, 0],
    [-0.0625, 0, 0.5, 1, 0],
  ];
  const rates = [0.1, 0.05, 0.2, 0.1, 0.025, 0.3];
  const config = options.parse({
    name: 'lion',
    learningRate: 1,
    beta1: 0.8,
    beta2: 0.95,
    weightDecay: 0.3,
  });
  const parameter = {
    name: 'a/kernel',
    variable: variable(tensor1d(start)),
    role: 'kernel',
    outputAxes: 1,
    isOuter: false,
  } as const;
  const optimizer = createOptimizer(config, [parameter]);
  expect(optimizer.slots.map(({ name }) => name)).toEqual(['a/kernel/momentum']);
  algorithm2(start, gradients, rates).forEach(({ theta, m }, t) => {
    optimizer.apply(new Map([['a/kernel', tensor1d([...gradients[t]!]) as Tensor]]), scalar(rates[t]!));
    expectClose(valuesOf(parameter.variable), theta, 1e-6);
    expectClose(valuesOf(optimizer.slots[0]!.variable), m, 1e-6);
  });
});

it('has the defaults of the paper, without weight decay', () => {
  expect(options.parse({ name: 'lion' })).toEqual({
    name: 'lion',
    learningRate: 1e-4,
    weightDecay: 0,
    beta1: 0.9,
    beta2: 0.99,
    decayNormAndBias: false,
    decayBy: 'role',
  });
});

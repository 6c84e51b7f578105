import { beforeAll, describe, expect, it } from 'vitest';
import {
  momentumOptimizers,
  optimizer as options,
  optimizerNames,
  type OptimizerConfig,
} from './optimizer-options.js';
import { expectClose, openReference, patternTensor, valuesOf } from '../engine/testing.js';
import golden from '../engine/kernels/updates/updates.golden.json' with { type: 'json' };
import { memory, scalar, tensor1d, variable, type Tensor } from '../engine/tf.js';
import { createOptimizer, type FedMomentum } from './optimizer.js';
import type { Parameter } from './parameters.js';
import { schedule } from './schedule-options.js';
import { learningRateAt, momentumAt } from './schedule.js';
import { PLATEAU_START } from './schedules/plateau-state.js';
import type { WeightRole } from '../layers/weights.js';
import { ADAMW, RMSPROP, SGD } from './testing.js';

beforeAll(openReference);

const parameter = (name: string, start: Tensor, role: WeightRole = 'kernel'): Parameter => ({
  name,
  variable: variable(start),
  role,
  outputAxes: 1,
  isOuter: false,
});
const valueOf = ({ variable }: Parameter): number[] => valuesOf(variable);

describe('three steps by PyTorch’s definitions (see `about` in the golden file)', () => {
  for (const { title, config, steps } of golden.cases) {
    it(title, () => {
      const weight = parameter('layer/kernel', patternTensor([6], 20));
      const optimizer = createOptimizer(config as OptimizerConfig, [weight]);
      const learningRate = scalar(config.learningRate);
      steps.forEach((expected, i) => {
        const { parameter: value, ...slots } = expected;
        const gradient = patternTensor<Tensor>([6], 21 + i);
        optimizer.apply(new Map([['layer/kernel', gradient]]), learningRate);
        // 1 − 0.999 is 1.3e-5 off when 0.999 is a float32: the only error above a few ulp.
        expectClose(valueOf(weight), value, 2e-6);
        const bySlot = Object.fromEntries(
          optimizer.slots.map(({ name, variable }) => [name, valuesOf(variable)]),
        );
        for (const [name, values] of Object.entries(slots))
          expectClose(bySlot[`layer/kernel/${name}`], values, 3e-7, name);
      });
    });
  }
});

describe('a momentum that a schedule drives', () => {
  const cycle = schedule.parse({ name: 'one-cycle', cycleMomentum: true });
  const fedAt = (step: number, momentum: number): FedMomentum => ({
    momentum: scalar(momentum),
    rest: scalar(1 - momentum),
    power: scalar(momentum ** (step + 1)),
  });

  // PyTorch 2.15, float64: OneCycleLR(max_lr=0.05, total_steps=6); parameter and gradients as above.
  const sgd = { ...SGD, learningRate: 0.05, weightDecay: 0 };
  const l2 = { weightDecay: 0.1, decoupledDecay: false };
  it.each<[string, OptimizerConfig, number[], number[]]>([
    [
      'SGD',
      { ...sgd, nesterov: false },
      [-1.195239991, -0.05074799664, 0.1492881999, -0.3508022915, 1.032562173, -1.095221893],
      [-1.21094756, -0.03411919547, 0.1395902878, -0.3816627887, 1.044515551, -1.124092818],
    ],
    [
      'SGD with Nesterov’s momentum',
      { ...sgd, nesterov: true },
      [-1.21557333, -0.03544052659, 0.1484522389, -0.3112796748, 1.03331111, -1.123626947],
      [-1.232886203, 0.009474443708, 0.1618957094, -0.3674447224, 1.032747615, -1.15667557],
    ],
    [
      'SGD with an L2 penalty',
      { ...sgd, ...l2, nesterov: false },
      [-1.172574085, -0.05065281443, 0.1444965954, -0.3433769292, 1.012620317, -1.07499938],
      [-1.176136488, -0.03379482404, 0.1326770222, -0.3704375747, 1.014024822, -1.092900565],
    ],
    [
      'SGD with Nesterov’s momentum and an L2 penalty',
      { ...sgd, ...l2, nesterov: true },
      [-1.185157813, -0.03548299213, 0.1420872198, -0.30183831, 1.007233953, -1.096372707],
      [-1.187694129, 0.009581316661, 0.1531104698, -0.3538360342, 0.9941546663, -1.115929552],
    ],
    [
      'AdamW',
      { ...ADAMW, learningRate: 0.05, weightDecay: 0.1 },
      [-1.162643621, 0.003134775682, 0.2325336469, -0.3357755908, 0.9822470037, -1.046797488],
      [-1.170424389, 0.01316993841, 0.2321600148, -0.3391025038, 0.9823885788, -1.059855077],
    ],
  ])('six steps of PyTorch’s %s with OneCycleLR', (_, config, third, sixth) => {
    const weight = parameter('layer/kernel', patternTensor([6], 20));
    const optimizer = createOptimizer(config, [weight]);
    const extent = { stepsPerEpoch: 6, totalSteps: 6 };
    for (let step = 0; step < 6; step++) {
      const rate = learningRateAt(cycle, config.learningRate, step, extent, PLATEAU_START);
      const gradients = new Map([['layer/kernel', patternTensor<Tensor>([6], 21 + step)]]);
      optimizer.apply(gradients, scalar(rate), fedAt(step, momentumAt(cycle, step, 6)!));
      if (step === 2) expectClose(valueOf(weight), third, 4e-6);
    }
    expectClose(valueOf(weight), sixth, 4e-6);
  });

  it.each(momentumOptimizers)('that does not change is the momentum of %s itself', (name) => {
    const config = options.parse({ name, learningRate: 0.05, weightDecay: 0.1 });
    const own = 'momentum' in config ? config.momentum : 'beta1' in config ? config.beta1 : 0;
    const after = (momentum: (step: number) => FedMomentum | undefined) => {
      const weight = parameter('layer/kernel', patternTensor([6], 20));
      const optimizer = createOptimizer(config, [weight]);
      for (let step = 0; step < 5; step++) {
        const gradients = new Map([['layer/kernel', patternTensor<Tensor>([6], 21 + step)]]);
        optimizer.apply(gradients, scalar(0.05), momentum(step));
      }
      return [valueOf(weight), ...optimizer.slots.map(({ variable: slot }) => valuesOf(slot))];
    };
    const driven = after((step) => fedAt(step, own));
    after(() => undefined).forEach((expected, i) => expectClose(driven[i], expected, 4e-6));
    // And another one is another.
    expect(after((step) => fedAt(step, 0.5))[0]).not.toEqual(driven[0]);
  });
});

/** Each optimizer by each of its names, with its defaults. */
const every = optimizerNames.map((name) => options.parse({ name }));

/** With one rate for all parameters, and a decay that is apart from the step. */
function decaying(config: OptimizerConfig): OptimizerConfig {
  if (config.name === 'lamb') return { ...config, decoupledDecay: true };
  if (config.name !== 'muon') return config;
  return { ...config, adamw: { ...config.adamw, learningRate: config.learningRate } };
}

describe('createOptimizer', () => {
  const names = (config: OptimizerConfig): string[] =>
    createOptimizer(config, [
      parameter('a/kernel', tensor1d([1])),
      parameter('b/bias', tensor1d([1])),
    ]).slots.map(({ name }) => name);

  it('keeps its slots under the names of the parameters', () => {
    expect(names(ADAMW)).toEqual([
      ...['a/kernel/first_moment', 'a/kernel/second_moment', 'b/bias/first_moment', 'b/bias/second_moment'],
      ...['beta1_power', 'beta2_power'],
    ]);
    expect(names(SGD)).toEqual(['a/kernel/velocity', 'b/bias/velocity']);
    expect(names(RMSPROP)).toEqual([
      ...['a/kernel/mean_square', 'a/kernel/velocity'],
      ...['b/bias/mean_square', 'b/bias/velocity'],
    ]);
  });

  const ROLES = {
    ...{ 'conv/kernel': 'kernel', 'se/reduce_kernel': 'kernel', 'separable/kernel1': 'kernel' },
    ...{ 'relation/geometry_out': 'kernel', 'attention/row_table': 'position' },
    ...{ 'bn/gamma': 'norm', 'bn/beta': 'norm', 'conv/bias': 'bias', span_bias: 'bias' },
  } as const;

  it.each(every)(
    '$name decays kernels and tables of positions, norms and biases only when told to',
    (config) => {
      for (const [decayBy, decayNormAndBias] of [
        ['role', false],
        ['role', true],
        ['name', false],
        ['name', true],
      ] as const) {
        const all = Object.entries(ROLES).map(([name, role]) =>
          parameter(name, tensor1d([2]), role as WeightRole),
        );
        const decay = { weightDecay: 0.5, decayNormAndBias, decayBy };
        const optimizer = createOptimizer({ ...decaying(config), ...decay }, all);
        const zero = new Map(all.map(({ name }) => [name, tensor1d([0]) as Tensor]));
        optimizer.apply(zero, scalar(0.1));
        const decayed = 2 * (1 - 0.1 * 0.5);
        const others = decayNormAndBias ? decayed : 2;
        const unnamed = decayBy === 'role' ? decayed : others;
        const expected = [decayed, decayed, unnamed, unnamed, unnamed, others, others, others, others];
        expectClose(all.flatMap(valueOf), expected);
      }
    },
  );

  it('leaves a parameter without a gradient as it is', () => {
    const [a, b] = [parameter('a/kernel', tensor1d([1])), parameter('b/kernel', tensor1d([1]))];
    const optimizer = createOptimizer({ ...ADAMW, weightDecay: 0.5 }, [a, b]);
    optimizer.apply(new Map([['a/kernel', tensor1d([1]) as Tensor]]), scalar(0.1));
    expect(valueOf(a)[0]).not.toBe(1);
    expect(valueOf(b)).toEqual([1]);
  });

  it.each(every)('$name updates those before and after a parameter without a gradient', (config) => {
    const all = ['a/kernel', 'b/kernel', 'c/kernel'].map((name) => parameter(name, tensor1d([1])));
    const optimizer = createOptimizer(config, all);
    const gradients = ['a/kernel', 'c/kernel'].map((name) => [name, tensor1d([1]) as Tensor] as const);
    optimizer.apply(new Map(gradients), scalar(0.1));
    const [a, b, c] = all.map((each) => valueOf(each)[0]);
    expect(a).toBeLessThan(1);
    expect([b, c]).toEqual([1, a]);
  });

  it('follows the learning rate that it is fed', () => {
    const a = parameter('a/kernel', tensor1d([1]));
    const optimizer = createOptimizer({ ...SGD, momentum: 0, nesterov: false }, [a]);
    const gradient = new Map([['a/kernel', tensor1d([1]) as Tensor]]);
    optimizer.apply(gradient, scalar(0.25));
    optimizer.apply(gradient, scalar(0.5));
    expect(valueOf(a)).toEqual([0.25]);
  });

  it.each(every)('$name leaves no tensor behind', (config) => {
    const a = parameter('a/kernel', patternTensor([6], 1));
    const gradient = new Map([['a/kernel', patternTensor<Tensor>([6], 2)]]);
    const learningRate = scalar(0.1);
    const before = memory().numTensors;
    const optimizer = createOptimizer(config, [a]);
    const during = memory().numTensors;
    expect(during - before).toBe(optimizer.slots.length);
    for (let i = 0; i < 3; i++) optimizer.apply(gradient, learningRate);
    expect(memory().numTensors).toBe(during);
    optimizer.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

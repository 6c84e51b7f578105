import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import { scalar, type Tensor } from '../../engine/tf.js';
import { Blueprint } from '../../layers/blueprint.js';
import { Convolution } from '../../layers/convolution.js';
import { Dense } from '../../layers/dense.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { GlobalAveragePooling } from '../../layers/pooling.js';
import { createOptimizer, slotShapes } from '../optimizer.js';
import { optimizer as options, type OptimizerConfig } from '../optimizer-options.js';
import { parametersOf, traitsOf, type Parameter } from '../parameters.js';

beforeAll(openReference);

function parametersOfNet(): readonly Parameter[] {
  const net = new Blueprint([8, 8, 3]);
  let x = net.add(new Convolution({ name: 'stem', filters: 4, kernelSize: 3 }), net.input);
  x = net.add(new DepthwiseConvolution({ name: 'depthwise', kernelSize: 3 }), x);
  x = net.add(new Convolution({ name: 'pointwise', filters: 6, kernelSize: 1, useBias: true }), x);
  x = net.add(new GlobalAveragePooling({ name: 'pool' }), x);
  net.add(new Dense({ name: 'classifier', units: 3 }), x);
  return parametersOf(net.build(0, 'net'));
}

const muon = (given: object = {}): OptimizerConfig => options.parse({ name: 'muon', ...given });
const slotsOf = (config: OptimizerConfig, parameters: readonly Parameter[]): string[] =>
  createOptimizer(config, parameters).slots.map(({ name }) => name);

describe('which parameters Muon moves', () => {
  it('are the kernels of hidden layers; AdamW moves the first and the last layer, and biases', () => {
    const moments = (name: string): string[] => [`${name}/first_moment`, `${name}/second_moment`];
    expect(slotsOf(muon(), parametersOfNet())).toEqual([
      ...moments('stem/kernel'),
      ...['depthwise/kernel/momentum', 'pointwise/kernel/momentum'],
      ...['pointwise/bias', 'classifier/kernel', 'classifier/bias'].flatMap(moments),
      ...['beta1_power', 'beta2_power'],
    ]);
  });

  it('are all kernels when told so', () => {
    const slots = slotsOf(muon({ matrices: 'all' }), parametersOfNet());
    expect(slots.filter((name) => name.endsWith('momentum'))).toEqual(
      ['stem', 'depthwise', 'pointwise', 'classifier'].map((layer) => `${layer}/kernel/momentum`),
    );
  });

  it('are known before the optimizer is made', () => {
    const parameters = parametersOfNet();
    const optimizer = createOptimizer(muon(), parameters);
    expect(
      slotShapes(
        muon(),
        parameters.map((each) => ({ name: each.name, ...traitsOf(muon(), each) })),
      ),
    ).toEqual(optimizer.slots.map(({ name, variable }) => ({ name, shape: variable.shape })));
  });
});

it('a depthwise kernel has a row for each channel', () => {
  const [, depthwise] = parametersOfNet();
  expect(depthwise).toMatchObject({ name: 'depthwise/kernel', outputAxes: 2, isOuter: false });
  const config = muon({ momentum: 0, nesterov: false });
  const before = valuesOf(depthwise.variable);
  const optimizer = createOptimizer(config, [depthwise]);
  // The filter of a channel decides nothing of another's, if their gradients are orthogonal.
  const gradient = Array.from({ length: 9 * 4 }, (_, i) => Number(Math.floor(i / 4) === i % 4));
  const given = uniformTensor([3, 3, 4, 1], 1);
  given.dataSync().set(gradient);
  optimizer.apply(new Map([['depthwise/kernel', given as Tensor]]), scalar(1));
  const moved = valuesOf(depthwise.variable).map((value, i) => before[i] - value);
  // Four equal singular values of ½: p(p(p(p(p(½))))) with p(x) = 3.4445x − 4.775x³ + 2.0315x⁵.
  let value = 0.5;
  for (let step = 0; step < 5; step++) value = 3.4445 * value - 4.775 * value ** 3 + 2.0315 * value ** 5;
  expectClose(
    moved,
    gradient.map((g) => g * value),
    1e-5,
  );
});

it('AdamW has a rate of its own, which follows the one that is fed', () => {
  const parameters = parametersOfNet();
  const config = muon({ adamw: { learningRate: 0.001 }, learningRate: 0.02 });
  const bias = parameters.find(({ name }) => name === 'pointwise/bias')!;
  const optimizer = createOptimizer(config, [bias]);
  const gradient = new Map([[bias.name, uniformTensor([6], 9, 0.5, 1) as Tensor]]);
  optimizer.apply(gradient, scalar(0.01));
  // The first step of Adam is the rate, times the gradient's sign.
  expectClose(valuesOf(bias.variable), Array<number>(6).fill(-0.0005), 1e-8);
});

import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, valuesOf } from '../engine/testing.js';
import { Convolution } from './convolution.js';
import { Dense } from './dense.js';
import { DepthwiseConvolution } from './depthwise-convolution.js';
import { Involution, type InvolutionInitialization } from '../operators/involution/layer.js';
import type { OperatorLayer } from './operator-layer.js';
import { SqueezeExcite } from '../operators/squeeze-excite/layer.js';
import { buildLayer, weightsOf } from './testing.js';
import { declareOutputAxes, outputAxesOf, roleOf, withInitSeed } from './weights.js';

beforeAll(openReference);

const conv = (name = 'conv', filters = 6): Convolution =>
  new Convolution({ name, filters, kernelSize: 3, useBias: true });
const involution = (start: { initialization?: InvolutionInitialization } = {}): Involution =>
  new Involution({
    ...start,
    name: 'involution',
    generator: 'paper',
    groups: 2,
    reductionRatio: 2,
    kernelSize: 3,
    batchNorm: { momentum: 0.9, epsilon: 1e-3 },
  });
const numbers = (layer: OperatorLayer): Record<string, number[]> =>
  Object.fromEntries(Object.entries(weightsOf(layer)).map(([name, weight]) => [name, valuesOf(weight)]));
const build = (layer: OperatorLayer, seed = 0): Record<string, number[]> =>
  numbers(buildLayer(layer, [[5, 5, 4]], seed));

describe('weights of a layer', () => {
  it('are the same for the same seed', () => {
    expect(build(conv(), 3)).toEqual(build(conv(), 3));
    expect(build(involution(), 3)).toEqual(build(involution(), 3));
  });

  it('put out what their last axis says, unless more axes are declared', () => {
    const [kernel, bias] = buildLayer(conv(), [[5, 5, 4]]).trainableWeights;
    declareOutputAxes(kernel, 2);
    expect([kernel, bias].map(outputAxesOf)).toEqual([2, 1]);
    // A kernel for every channel and multiple of it.
    const depthwise = new DepthwiseConvolution({ name: 'depthwise', kernelSize: 3 });
    expect(outputAxesOf(buildLayer(depthwise, [[5, 5, 4]]).trainableWeights[0])).toBe(2);
  });

  it('say what they are there for, which no other tensor does', () => {
    const built = buildLayer(involution(), [[5, 5, 4]]);
    const roles = Object.fromEntries(
      built.weights.map((weight) => [weight.originalName.split('/').at(-1), roleOf(weight)]),
    );
    expect(roles).toMatchObject({ reduce_kernel: 'kernel', span_bias: 'bias' });
    expect(new Set(built.nonTrainableWeights.map(roleOf))).toEqual(new Set(['statistic']));
    expect(() => roleOf({})).toThrow('a weight without a role');
  });

  it('differ from seed to seed, and from name to name', () => {
    const base = build(conv(), 3).kernel;
    expect(build(conv(), 4).kernel).not.toEqual(base);
    expect(build(conv(), 3 + 2 ** 32).kernel).not.toEqual(base);
    expect(build(conv('other'), 3).kernel).not.toEqual(base);
  });

  it('differ within the layer', () => {
    const { reduce_kernel: reduce, span_kernel: span } = build(involution({ initialization: 'reference' }));
    expect(span.slice(0, 4)).not.toEqual(reduce.slice(0, 4));
  });

  it('do not depend on what was built before', () => {
    const alone = build(involution(), 5);
    withInitSeed(5, () => build(conv('before'), 5));
    expect(build(involution(), 5)).toEqual(alone);
  });

  it('begin as their layers say: fan-out of kernels, biases at zero', () => {
    const deviation = (values: readonly number[]): number => Math.hypot(...values) / Math.sqrt(values.length);
    const shape = [4, 4, 64];
    const of = (layer: OperatorLayer): Record<string, number[]> => numbers(buildLayer(layer, [shape]));
    const wide = of(conv('wide', 32));
    expect(deviation(wide.kernel) / Math.sqrt(2 / (9 * 32))).toBeCloseTo(1, 1);
    expect(new Set(wide.bias)).toEqual(new Set([0]));
    const depthwise = of(new DepthwiseConvolution({ name: 'depthwise', kernelSize: 5 }));
    expect(deviation(depthwise.kernel) / Math.sqrt(2 / 25)).toBeCloseTo(1, 1);
    const se = of(new SqueezeExcite({ name: 'se', squeezed: 16 }));
    expect(deviation(se.reduce_kernel) / Math.sqrt(2 / 16)).toBeCloseTo(1, 1);
    expect(deviation(se.expand_kernel) / Math.sqrt(2 / 64)).toBeCloseTo(1, 1);
    expect(new Set([...se.reduce_bias, ...se.expand_bias])).toEqual(new Set([0]));
    for (const initialization of ['static', 'reference'] as const)
      expect(deviation(of(involution({ initialization })).reduce_kernel) / Math.sqrt(2 / 32)).toBeCloseTo(
        1,
        1,
      );
    const reference = of(involution({ initialization: 'reference' }));
    expect(deviation(reference.span_kernel) / Math.sqrt(2 / 18)).toBeCloseTo(1, 1);
    expect(new Set(reference.span_bias)).toEqual(new Set([0]));
  });

  it('of involution begin as those of a depthwise convolution, unless told otherwise', () => {
    const { span_kernel: kernel, span_bias: bias } = build(involution());
    expect(build(involution({ initialization: 'static' }))).toEqual(build(involution()));
    expect(new Set(kernel)).toEqual(new Set([0]));
    const options = { generator: 'linear', groups: 4, reductionRatio: 2, kernelSize: 7 } as const;
    const batchNorm = { momentum: 0.9, epsilon: 1e-3 };
    const many = build(new Involution({ name: 'many', ...options, batchNorm })).span_bias;
    expect(Math.hypot(...many) / Math.sqrt(many.length) / Math.sqrt(2 / 49)).toBeCloseTo(1, 0);
    expect(bias.length).toBe(18);
    expect(new Set(bias).size).toBe(18);
  });
});

describe('withInitSeed', () => {
  const kernelUnder = (run: (build: () => Dense) => Dense): number[] => {
    const layer = run(() => new Dense({ name: 'dense', units: 3 }));
    layer.build([null, 4]);
    return valuesOf(layer.weights[0].read());
  };

  it('holds for the call alone, nested and after an error', () => {
    const outside = kernelUnder((make) => make());
    const within: number[][] = [];
    withInitSeed(1, () => {
      within.push(kernelUnder((make) => make()));
      withInitSeed(2, () => within.push(kernelUnder((make) => make())));
      within.push(kernelUnder((make) => make()));
    });
    expect(within[2]).toEqual(within[0]);
    expect(within[1]).not.toEqual(within[0]);
    const fails = (): never => {
      throw new Error('in the middle');
    };
    expect(() => withInitSeed(9, fails)).toThrow('in the middle');
    expect(kernelUnder((make) => make())).toEqual(outside);
    expect(within[0]).not.toEqual(outside);
  });
});

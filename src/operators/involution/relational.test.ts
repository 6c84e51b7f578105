import { beforeAll, describe, expect, it } from 'vitest';
import { callKernel } from '../../engine/kernels/call-kernel.js';
import { Involution as InvolutionKernel } from '../../engine/kernels/involution.js';
import { expectClose, openReference, uniform, uniformTensor, valuesOf } from '../../engine/testing.js';
import { mul, ones, reshape, type Tensor4D } from '../../engine/tf.js';
import { Convolution } from '../../layers/convolution.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { Involution } from './layer.js';
import { LocalSelfAttention } from '../local-attention/layer.js';
import { RelationalInvolution, type RelationalInvolutionOptions } from './relational.js';
import { SqueezeExcite } from '../squeeze-excite/layer.js';
import { refusalOf } from '../../util/refusal.testing.js';
import {
  buildLayer,
  byHand,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  image,
  setWeight,
  trainableNames,
  weightsOf,
} from '../../layers/testing.js';

beforeAll(openReference);

const DEFAULTS: RelationalInvolutionOptions = {
  name: 'involution',
  generation: 'query-key',
  groups: 2,
  reductionRatio: 2,
  kernelSize: 3,
};
const GENERATIONS = ['query-key', 'query-key-softmax', 'position'] as const;
const make = (
  options: Partial<RelationalInvolutionOptions>,
  shape: readonly number[],
): RelationalInvolution => buildLayer(new RelationalInvolution({ ...DEFAULTS, ...options }), [shape]);
const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));
const shape = [5, 6, 8];

describe('local self-attention is an involution whose kernels are softmaxed products of queries and keys', () => {
  const queryKey = { generation: 'query-key-softmax', reductionRatio: 1 } as const;
  const attention = (heads: number, kernelSize: number): LocalSelfAttention =>
    buildLayer(new LocalSelfAttention({ name: 'attention', heads, kernelSize, position: 'none' }), [shape]);
  const take = (layer: RelationalInvolution, from: LocalSelfAttention): void => {
    for (const name of ['query_kernel', 'key_kernel'])
      setWeight(layer, name, valuesOf(weightsOf(from)[name]));
  };

  it.each([
    [1, 3],
    [2, 5],
    [4, 7],
  ])('with %i heads and windows of %i, values being the pixels', (heads, kernelSize) => {
    const expected = attention(heads, kernelSize);
    setWeight(expected, 'value_kernel', identity(8));
    const actual = make({ ...queryKey, groups: heads, kernelSize }, shape);
    take(actual, expected);
    const x = uniformTensor([2, ...shape], 1);
    expectClose(valuesOf(call(actual, x)), valuesOf(call(expected, x)), 1e-5);
  });

  it('with any values in one head, W_V being applied to what the involution puts out', () => {
    const expected = attention(1, 3);
    const actual = make({ ...queryKey, groups: 1 }, shape);
    take(actual, expected);
    const value = buildLayer(new Convolution({ name: 'value', filters: 8, kernelSize: 1 }), [shape]);
    setWeight(value, 'kernel', valuesOf(weightsOf(expected).value_kernel));
    const x = uniformTensor([2, ...shape], 1);
    expectClose(valuesOf(call(value, call(actual, x))), valuesOf(call(expected, x)), 1e-5);
  });
});

describe('other operators as kernels over a neighbourhood', () => {
  it('squeeze-and-excitation is one of 1×1, a group a channel, the same at every place', () => {
    const layer = buildLayer(new SqueezeExcite({ name: 'se', squeezed: 2 }), [shape]);
    const x = uniformTensor<Tensor4D>([2, ...shape], 2);
    // The gate is what the layer makes of an image of ones with the same means; here by its definition.
    const w = Object.fromEntries(Object.entries(weightsOf(layer)).map(([name, v]) => [name, valuesOf(v)]));
    const values = valuesOf(x);
    const gates = [0, 1].flatMap((b) => {
      const mean = Array.from({ length: 8 }, (_, c) => {
        let sum = 0;
        for (let place = 0; place < 30; place++) sum += values[(b * 30 + place) * 8 + c];
        return sum / 30;
      });
      const squeezed = [0, 1].map((r) => {
        const z = mean.reduce((sum, value, c) => sum + value * w.reduce_kernel[c * 2 + r], 0);
        return z / (1 + Math.exp(-z));
      });
      return mean.map((_, c) => {
        const z = squeezed.reduce((sum, value, r) => sum + value * w.expand_kernel[r * 8 + c], 0);
        return 1 / (1 + Math.exp(-z));
      });
    });
    const everywhere = byHand([2, ...shape], (b, _i, _j, c) => gates[b * 8 + c]);
    const kernel = mul(ones([2, ...shape]), reshape(everywhere, [2, ...shape])) as Tensor4D;
    const y = callKernel(
      InvolutionKernel,
      { x, kernel },
      { kernelSize: 1, groups: 8, stride: 1, dilation: 1 },
    );
    expectClose(valuesOf(y), valuesOf(call(layer, x)), 1e-5);
  });

  it('kernels of the position alone are a depthwise convolution’s, shared by a group', () => {
    for (const kernelSize of [3, 5]) {
      const layer = make({ generation: 'position', kernelSize }, shape);
      const kernel = valuesOf(weightsOf(layer).position_kernel);
      const depthwise = buildLayer(new DepthwiseConvolution({ name: 'depthwise', kernelSize }), [shape]);
      const taps = Array.from(
        { length: kernelSize ** 2 * 8 },
        (_, i) => kernel[Math.floor(i / 8) * 2 + Math.floor((i % 8) / 4)],
      );
      setWeight(depthwise, 'kernel', taps);
      const x = uniformTensor([2, ...shape], 3);
      expectClose(valuesOf(call(layer, x)), valuesOf(call(depthwise, x)), 1e-6);
    }
  });

  it('and are what an involution computes whose generator is all bias, strided too', () => {
    for (const stride of [1, 2]) {
      const layer = make({ generation: 'position', stride }, shape);
      const pixel = buildLayer(
        new Involution({
          name: 'pixel',
          generator: 'linear',
          groups: 2,
          reductionRatio: 2,
          kernelSize: 3,
          stride,
          batchNorm: { momentum: 0.9, epsilon: 1e-5 },
        }),
        [shape],
      );
      const kernel = valuesOf(weightsOf(layer).position_kernel);
      setWeight(
        pixel,
        'span_bias',
        Array.from({ length: 18 }, (_, i) => kernel[(i % 9) * 2 + Math.floor(i / 9)]),
      );
      const x = uniformTensor([2, ...shape], 3);
      expectClose(valuesOf(call(layer, x)), valuesOf(call(pixel, x)), 1e-6);
    }
  });
});

describe('RelationalInvolution', () => {
  it.each([1, 2])('without a softmax weighs each neighbour with its product, dilation %i', (dilation) => {
    const layer = make({ dilation }, [3, 4, 4]);
    const x = image([2, 3, 4, 4]);
    const [query, key] = ['query', 'key'].map((name) => valuesOf(weightsOf(layer)[`${name}_kernel`]));
    const embed = (kernel: number[], b: number, i: number, j: number, e: number): number =>
      [0, 1, 2, 3].reduce((sum, c) => sum + x.at(b, i, j, c) * kernel[c * 2 + e], 0);
    const expected = byHand([2, 3, 4, 4], (b, i, j, c) => {
      const group = c < 2 ? 0 : 1;
      let sum = 0;
      for (let u = -1; u <= 1; u++)
        for (let v = -1; v <= 1; v++) {
          const product =
            embed(query, b, i, j, group) * embed(key, b, i + u * dilation, j + v * dilation, group);
          sum += product * x.at(b, i + u * dilation, j + v * dilation, c);
        }
      return sum;
    });
    expectClose(valuesOf(call(layer, x.tensor)), expected, 1e-5);
  });

  it('puts out ⌈H/s⌉×⌈W/s⌉', () => {
    for (const generation of GENERATIONS) {
      const layer = make({ generation, stride: 2 }, [5, 6, 4]);
      expect(layer.inferShape([[null, 5, 6, 4]])).toEqual([null, 3, 3, 4]);
      expect(call(layer, uniformTensor([1, 5, 6, 4], 1)).shape).toEqual([1, 3, 3, 4]);
    }
  });

  it('has the gradients of what it computes', () => {
    for (const generation of GENERATIONS)
      for (const stride of [1, 2]) {
        const layer = make({ generation, stride }, [4, 4, 4]);
        if (generation !== 'position')
          for (const name of ['query_kernel', 'key_kernel']) setWeight(layer, name, uniform([8], 7));
        expectLayerGradients(layer, [[4, 4, 4]]);
      }
  });

  it('costs what it does', () => {
    for (const generation of GENERATIONS)
      for (const options of [{}, { stride: 2, kernelSize: 5, reductionRatio: 1 }])
        expectCost(make({ generation, ...options }, shape), [shape]);
    expectCost(make({ dilation: 2 }, shape), [shape]);
    expectCost(make({ generation: 'query-key-softmax' }, shape), [shape], {
      macsElementwise: 30 * 18,
      innerActivations: 30 * (2 * 4 + 18),
    });
    // Queries are of pooled pixels: the pooling reads each value once.
    const pooled = 30 * 8;
    for (const [generation, products] of [
      ['query-key', 0],
      ['query-key-softmax', 9 * 18],
    ] as const)
      expectCost(make({ generation, stride: 2 }, shape), [shape], { macsElementwise: pooled + products });
  });

  it('has the weights it names, and comes back from its config', () => {
    const layer = make({ stride: 2 }, shape);
    expect(trainableNames(layer)).toEqual(['query_kernel', 'key_kernel']);
    expect(weightsOf(layer).query_kernel.shape).toEqual([1, 1, 8, 4]);
    expect(weightsOf(make({ generation: 'position' }, shape)).position_kernel.shape).toEqual([3, 3, 2]);
    expectSameFromConfig(layer, [shape]);
  });

  it.each<[Partial<RelationalInvolutionOptions>, string, string]>([
    [{ kernelSize: 4 }, 'kernelSize must be odd, not 4', '5 or 3'],
    [
      { generation: 'position', dilation: 2 },
      'generation position knows no dilation, received 2',
      'dilation 1',
    ],
    [{ groups: 3 }, 'groups must divide the channels: 3 groups, 8 channels', 'groups 1, 2, 4, 8'],
    [
      { groups: 4, reductionRatio: 4 },
      'groups must divide the channels of queries and keys: 4 groups, 2 channels of queries and keys',
      'groups 1, 2, or a smaller reductionRatio',
    ],
  ])('refuses %j', (options, what, hint) => {
    const refusal = refusalOf(() =>
      new RelationalInvolution({ ...DEFAULTS, ...options }).inferShape([[null, ...shape]]),
    );
    expect(refusal).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what: `layer involution: ${what}`, where: 'model', try: hint }],
    });
  });
});

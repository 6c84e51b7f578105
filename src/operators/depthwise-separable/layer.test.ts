import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniform, uniformTensor, valuesOf } from '../../engine/testing.js';
import { concat, slice, type Tensor4D } from '../../engine/tf.js';
import { Convolution } from '../../layers/convolution.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { SegmentedConvolution, shareOut, type SegmentedConvolutionOptions } from './layer.js';
import { refusalOf } from '../../util/refusal.testing.js';
import {
  buildLayer,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  setWeight,
  weightsOf,
} from '../../layers/testing.js';

beforeAll(openReference);

const make = (options: Partial<SegmentedConvolutionOptions> = {}): SegmentedConvolution =>
  new SegmentedConvolution({ name: 'conv', filters: 6, kernelSize: 3, segments: 2, ...options });
const shape = [5, 4, 6];
const shapesOf = (layer: SegmentedConvolution): [string, number[]][] =>
  Object.entries(weightsOf(layer)).map(([name, weight]) => [name, weight.shape]);

describe('SegmentedConvolution', () => {
  it('of one segment is the plain convolution', () => {
    const layer = buildLayer(make({ segments: 1, filters: 5, stride: 2 }), [shape]);
    const plain = buildLayer(new Convolution({ name: 'plain', filters: 5, kernelSize: 3, stride: 2 }), [
      shape,
    ]);
    const kernel = uniform([3, 3, 6, 5], 3);
    setWeight(layer, 'kernel', kernel);
    setWeight(plain, 'kernel', kernel);
    const x = uniformTensor([2, ...shape], 1);
    expectClose(valuesOf(call(layer, x)), valuesOf(call(plain, x)), 0);
  });

  it.each<[string, number | 'channels']>([
    ['channels', 'channels'],
    ['as many as there are channels', 6],
  ])('of one a channel (%s) is the depthwise convolution', (_, segments) => {
    const layer = buildLayer(make({ segments, stride: 2 }), [shape]);
    const depthwise = buildLayer(new DepthwiseConvolution({ name: 'depthwise', kernelSize: 3, stride: 2 }), [
      shape,
    ]);
    const kernel = uniform([3, 3, 6, 1], 3);
    setWeight(layer, 'kernel', kernel);
    setWeight(depthwise, 'kernel', kernel);
    const x = uniformTensor([2, ...shape], 1);
    expectClose(valuesOf(call(layer, x)), valuesOf(call(depthwise, x)), 0);
  });

  it('of one a channel may make several filters of each, which stand side by side', () => {
    const layer = buildLayer(make({ segments: 'channels', filters: 12, kernelSize: 1 }), [shape]);
    expect(shapesOf(layer)).toEqual([['kernel', [1, 1, 6, 2]]]);
    const kernel = uniform([12], 3);
    setWeight(layer, 'kernel', kernel);
    const x = uniformTensor([1, ...shape], 1);
    const values = valuesOf(x);
    const expected = Array.from(
      { length: 20 * 12 },
      (_, i) => values[Math.floor(i / 12) * 6 + Math.floor((i % 12) / 2)] * kernel[i % 12],
    );
    expectClose(valuesOf(call(layer, x)), expected);
  });

  it('between the two is plain convolutions of neighbouring channels, side by side; the first are wider', () => {
    const layer = buildLayer(make({ segments: 4, filters: 7 }), [shape]);
    expect(shapesOf(layer)).toEqual([
      ['kernel1', [3, 3, 2, 2]],
      ['kernel2', [3, 3, 2, 2]],
      ['kernel3', [3, 3, 1, 2]],
      ['kernel4', [3, 3, 1, 1]],
    ]);
    const x = uniformTensor<Tensor4D>([2, ...shape], 1);
    const parts: Tensor4D[] = [];
    let begin = 0;
    for (const [i, [name, [, , from, filters]]] of shapesOf(layer).entries()) {
      const plain = new Convolution({ name: `part${i}`, filters, kernelSize: 3 });
      buildLayer(plain, [[5, 4, from]]);
      const kernel = uniform([3, 3, from, filters], 10 + i);
      setWeight(plain, 'kernel', kernel);
      setWeight(layer, name, kernel);
      parts.push(call(plain, slice(x, [0, 0, 0, begin], [2, 5, 4, from])) as Tensor4D);
      begin += from;
    }
    const y = call(layer, x);
    expect(y.shape).toEqual([2, 5, 4, 7]);
    expectClose(valuesOf(y), valuesOf(concat(parts, -1)), 0);
  });

  it('a segment does not see the channels of another', () => {
    const layer = buildLayer(make({ segments: 3, filters: 3 }), [shape]);
    const values = uniform([1, ...shape], 1);
    const changed = values.map((value, i) => (i % 6 < 2 ? value + 1 : value)); // channels 0 and 1
    const run = (given: Float32Array): number[] => {
      const x = uniformTensor<Tensor4D>([1, ...shape], 1);
      x.dataSync().set(given);
      return valuesOf(call(layer, x));
    };
    const [before, after] = [run(values), run(changed)];
    const differs = [0, 1, 2].map((f) => before.some((value, i) => i % 3 === f && value !== after[i]));
    expect(differs).toEqual([true, false, false]);
  });

  it.each<[Partial<SegmentedConvolutionOptions>]>([
    [{ segments: 1 }],
    [{ segments: 4, filters: 7 }],
    [{ segments: 3, stride: 2 }],
    [{ segments: 'channels' }],
    [{ segments: 'channels', kernelSize: [1, 3] }],
    [{ segments: 2, kernelSize: [3, 1] }],
  ])(
    '%j has the gradients of what it computes, costs what it does, and comes back from its config',
    (options) => {
      const layer = buildLayer(make(options), [shape]);
      expectLayerGradients(layer, [shape]);
      expectCost(layer, [shape], { macsElementwise: 0, innerActivations: 0 });
      expectSameFromConfig(layer, [shape]);
    },
  );

  it('starts each segment as a convolution of its own', () => {
    const limitOf = (segments: number | 'channels', channels: number): number => {
      const layer = buildLayer(make({ segments, filters: channels }), [[5, 4, channels]], 1);
      const limit = Math.sqrt(6 / ((9 * 2 * channels) / (segments === 'channels' ? channels : segments)));
      const values = Object.values(weightsOf(layer)).flatMap(valuesOf);
      const largest = Math.max(...values.map(Math.abs));
      expect(largest).toBeLessThanOrEqual(limit);
      return largest / limit;
    };
    for (const segments of [1, 4, 'channels'] as const) expect(limitOf(segments, 32)).toBeGreaterThan(0.98);
  });

  it('refuses what it cannot cut', () => {
    const refusal = (options: Partial<SegmentedConvolutionOptions>) =>
      refusalOf(() => make(options).inferShape([[null, ...shape]]));
    expect(refusal({ segments: 7, filters: 12 })).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [
        {
          what: 'layer conv: 7 segments need as many channels and filters: 6 channels to 12 filters',
          where: 'model',
          try: 'at most 6 segments',
        },
      ],
    });
    expect(refusal({ segments: 4, filters: 3 }).problems[0].try).toBe('at most 3 segments');
    expect(refusal({ segments: 'channels', filters: 9 }).problems).toEqual([
      {
        what: 'layer conv: with a segment a channel the channels must divide the filters: 6 into 9',
        where: 'model',
        try: 'a multiple of 6 filters, or fewer segments',
      },
    ]);
  });
});

it('shareOut shares everything, as equally as can be', () => {
  expect(shareOut(182, 4)).toEqual([46, 46, 45, 45]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 500 }), (count, total) => {
      const shares = shareOut(total, count);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(total);
      expect(shares).toHaveLength(count);
      expect(shares[0] - shares[count - 1]).toBeLessThanOrEqual(1);
      expect(shares).toEqual([...shares].sort((a, b) => b - a));
    }),
  );
});

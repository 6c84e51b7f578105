import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  expectGradients,
  openReference,
  uniform,
  uniformTensor,
  valuesOf,
} from '../../engine/testing.js';
import { tensor4d, variable } from '../../engine/tf.js';
import { expectWaveGolden, waveImage, waveKernel } from '../attention-golden.testing.js';
import { DepthwiseConvolution } from '../../layers/depthwise-convolution.js';
import { LocalRelation, type LocalRelationOptions } from './layer.js';
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
  weightsOf,
} from '../../layers/testing.js';

beforeAll(openReference);

const DEFAULTS: LocalRelationOptions = {
  name: 'relation',
  channelsPerGroup: 2,
  kernelSize: 3,
  relation: 'squared-difference',
};
const RELATIONS = ['squared-difference', 'absolute-difference', 'product'] as const;
const make = (options: Partial<LocalRelationOptions>, shape: readonly number[]): LocalRelation =>
  buildLayer(new LocalRelation({ ...DEFAULTS, ...options }), [shape]);
const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));

/** Gives the hidden layer of the prior values that no offset brings near to zero but (0, 0), which stays there. */
function keepFromKinks(layer: LocalRelation): void {
  const groups = weightsOf(layer).geometry_hidden.size / 2;
  const values = Array.from({ length: 2 * groups }, (_, i) =>
    i < groups ? 0.75 - i / 8 : 0.25 + (i % 2) / 8,
  );
  setWeight(layer, 'geometry_hidden', values);
}

/** The geometry prior at an offset, for a group. */
function prior(layer: LocalRelation, reach: number, [dy, dx]: readonly number[], group: number): number {
  if (!('geometry_hidden' in weightsOf(layer))) return 0;
  const [hidden, out] = ['geometry_hidden', 'geometry_out'].map((name) => valuesOf(weightsOf(layer)[name]));
  const groups = hidden.length / 2;
  let sum = 0;
  for (let h = 0; h < groups; h++) {
    const seen = (hidden[h] * dx + hidden[groups + h] * dy) / reach;
    sum += Math.max(0, seen) * out[h * groups + group];
  }
  return sum;
}

/** z at a place by the definition, before the last 1×1. */
function relation(
  layer: LocalRelation,
  x: ReturnType<typeof image>,
  [height, width, channels]: readonly number[],
  { channelsPerGroup, kernelSize, relation: phi, stride = 1 }: LocalRelationOptions,
) {
  const reach = (kernelSize - 1) / 2;
  const weights = ['query_kernel', 'key_kernel'].map((name) => valuesOf(weightsOf(layer)[name]));
  const groups = Math.ceil(channels / channelsPerGroup);
  const project = (which: number, b: number, i: number, j: number, g: number): number => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += x.at(b, i, j, c) * weights[which][c * groups + g];
    return sum;
  };
  return (b: number, i: number, j: number, c: number): number => {
    const group = Math.floor(c / channelsPerGroup);
    const q = project(0, b, i * stride, j * stride, group);
    let [total, sum] = [0, 0];
    for (let dy = -reach; dy <= reach; dy++)
      for (let dx = -reach; dx <= reach; dx++) {
        const [row, column] = [i * stride + dy, j * stride + dx];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const k = project(1, b, row, column, group);
        const related = {
          'squared-difference': -((q - k) ** 2),
          'absolute-difference': -Math.abs(q - k),
          product: q * k,
        }[phi];
        const weight = Math.exp(related + prior(layer, reach, [dy, dx], group));
        total += weight;
        sum += weight * x.at(b, row, column, c);
      }
    return sum / total;
  };
}

describe('LocalRelation', () => {
  it.each([
    ['squared-difference', { sum: 1.217929, squares: 1.957256, first: -0.03634, last: -0.134409 }],
    ['absolute-difference', { sum: 1.135416, squares: 2.251337, first: -0.007385, last: -0.118219 }],
    ['product', { sum: 1.19391, squares: 1.78347, first: -0.039832, last: -0.147063 }],
  ] as const)('is what another computation found: %s', (phi, golden) => {
    const layer = make({ relation: phi }, [5, 5, 8]);
    setWeight(layer, 'query_kernel', waveKernel(4, 8, 0.2));
    setWeight(layer, 'key_kernel', waveKernel(4, 8, 0.3));
    setWeight(layer, 'output_kernel', waveKernel(8, 8, 0.4));
    setWeight(layer, 'geometry_hidden', waveKernel(4, 2, 0.5, 1));
    setWeight(layer, 'geometry_out', waveKernel(4, 4, 0.6, 1));
    expectWaveGolden(call(layer, waveImage()), golden);
  });

  it('is its definition, place by place, with strides and a last group that is smaller', () => {
    const shape = [4, 5, 7];
    const x = image([2, ...shape]);
    for (const phi of RELATIONS)
      for (const options of [
        {},
        { stride: 2, kernelSize: 5 },
        { channelsPerGroup: 1 },
        { geometryPrior: false },
      ]) {
        const all = { ...DEFAULTS, channelsPerGroup: 3, relation: phi, ...options };
        const layer = make(all, shape);
        setWeight(layer, 'output_kernel', identity(7));
        const y = call(layer, x.tensor);
        expectClose(valuesOf(y), byHand(y.shape, relation(layer, x, shape, all)), 1e-5);
      }
  });

  it('starts with queries and keys uniform in ±1/√C, whatever the groups, and an output of fan-out C', () => {
    const layer = make({ channelsPerGroup: 8 }, [3, 3, 256]);
    const { query_kernel, key_kernel, output_kernel } = weightsOf(layer);
    for (const [weight, limit, deviation] of [
      [query_kernel, 0.0625, 0.03608],
      [key_kernel, 0.0625, 0.03608],
      [output_kernel, Infinity, 0.08839],
    ] as const) {
      const values = valuesOf(weight);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit);
      const found = Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);
      expect(found / deviation).toBeCloseTo(1, 1);
    }
  });

  it('gives back values that are the same all over, before its output: weights sum to one', () => {
    const row = [0.5, -1, 2, 0.25];
    const values = Array.from({ length: 2 * 3 * 4 * 4 }, (_, i) => row[i % 4]);
    for (const phi of RELATIONS) {
      const layer = make({ relation: phi, kernelSize: 5 }, [3, 4, 4]);
      setWeight(layer, 'output_kernel', identity(4));
      expectClose(valuesOf(call(layer, tensor4d(values, [2, 3, 4, 4]))), values, 1e-6);
    }
  });

  it('is the mean of the window where queries and the prior are zero', () => {
    const shape = [4, 4, 4];
    const x = image([1, ...shape]);
    const layer = make({ relation: 'product' }, shape);
    setWeight(layer, 'query_kernel', new Float32Array(8));
    setWeight(layer, 'geometry_out', new Float32Array(4));
    setWeight(layer, 'output_kernel', identity(4));
    const mean = (b: number, i: number, j: number, c: number): number => {
      const seen = (at: number): number => Math.min(4, at + 2) - Math.max(0, at - 1);
      let sum = 0;
      for (let u = -1; u <= 1; u++) for (let v = -1; v <= 1; v++) sum += x.at(b, i + u, j + v, c);
      return sum / (seen(i) * seen(j));
    };
    expectClose(valuesOf(call(layer, x.tensor)), byHand([1, ...shape], mean), 1e-6);
  });

  it('without Φ is, away from the border, a depthwise filter: a softmax of the prior for each group', () => {
    const shape = [5, 6, 6];
    const layer = make({ relation: 'product' }, shape);
    setWeight(layer, 'query_kernel', new Float32Array(6 * 3));
    setWeight(layer, 'output_kernel', identity(6));
    const taps = Array.from({ length: 9 }, (_, tap) => [Math.floor(tap / 3) - 1, (tap % 3) - 1]);
    const kernels = [0, 1, 2].map((group) => {
      const weights = taps.map((offset) => Math.exp(prior(layer, 1, offset, group)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return weights.map((weight) => weight / total);
    });
    expect(new Set(kernels.map((kernel) => kernel[0].toFixed(4))).size).toBe(3);
    const depthwise = buildLayer(new DepthwiseConvolution({ name: 'depthwise', kernelSize: 3 }), [shape]);
    setWeight(
      depthwise,
      'kernel',
      Array.from({ length: 54 }, (_, i) => kernels[Math.floor((i % 6) / 2)][Math.floor(i / 6)]),
    );
    const x = uniformTensor([2, ...shape], 3);
    const [actual, expected] = [layer, depthwise].map((each) => valuesOf(call(each, x)));
    const isInside = (i: number): boolean => {
      const place = Math.floor(i / 6) % 30;
      const [row, column] = [Math.floor(place / 6), place % 6];
      return row > 0 && row < 4 && column > 0 && column < 5;
    };
    const inside = (values: readonly number[]): number[] => values.filter((_, i) => isInside(i));
    expect(inside(expected)).toHaveLength(2 * 3 * 4 * 6);
    expectClose(inside(actual), inside(expected), 1e-6);
  });

  it('has the gradients of what it computes', () => {
    for (const phi of ['squared-difference', 'product'] as const)
      for (const options of [{}, { stride: 2, channelsPerGroup: 3 }]) {
        const layer = make({ relation: phi, ...options }, [3, 4, 4]);
        keepFromKinks(layer);
        expectLayerGradients(layer, [[3, 4, 4]]);
      }
  });

  it('has the gradients of the absolute difference, away from its kink', () => {
    const layer = make({ relation: 'absolute-difference' }, [3, 3, 4]);
    keepFromKinks(layer);
    // Queries of about 1 from the first channel, keys of about 2 and −2 by turns from the second.
    const weights = (channel: number): number[] =>
      Array.from({ length: 8 }, (_, i) => (Math.floor(i / 2) === channel ? 1 : 0.05 - i / 100));
    setWeight(layer, 'query_kernel', weights(0));
    setWeight(layer, 'key_kernel', weights(1));
    const values = uniform([1, 3, 3, 4], 3, -0.5, 0.5).map((value, i) => {
      const sign = Math.floor(i / 4) % 2 ? -1 : 1;
      return value + [1, 2 * sign, 0, 0][i % 4];
    });
    const x = variable(tensor4d(values, [1, 3, 3, 4]));
    expectGradients(() => call(layer, x, { training: true }), { x, ...weightsOf(layer) });
  });

  it('costs what it does', () => {
    const shape = [5, 4, 8];
    const once = (groups: number, taps: number): number => taps * groups * (2 + groups);
    expectCost(make({ relation: 'product' }, shape), [shape], {
      oncePerBatch: once(4, 9),
      macsElementwise: 20 * 4 * 9 * 2 + 36,
      innerActivations: 20 * (4 + 4 + 8 + 36),
    });
    expectCost(make({ relation: 'product', stride: 2, kernelSize: 5 }, shape), [shape], {
      oncePerBatch: once(4, 25),
    });
    // Laying the query out over the taps counts as much as the square of the difference does in the definition.
    for (const phi of ['squared-difference', 'absolute-difference'] as const)
      expectCost(make({ relation: phi }, shape), [shape], {
        oncePerBatch: once(4, 9),
        macsElementwise: 20 * 4 * 9 * 4 + 36,
        innerActivations: 20 * (4 + 4 + 8 + 2 * 36),
      });
    for (const [phi, perTap, kept] of [
      ['product', 1, 36],
      ['squared-difference', 3, 72],
    ] as const)
      expectCost(make({ relation: phi, geometryPrior: false }, shape), [shape], {
        macsElementwise: 20 * 4 * 9 * perTap,
        innerActivations: 20 * (4 + 4 + 8 + kept),
      });
    // 8 channels in groups of 3 are filled up to 9.
    expectCost(make({ relation: 'product', channelsPerGroup: 3 }, shape), [shape], {
      oncePerBatch: once(3, 9),
      beyondDefinition: 20 * 9,
    });
    // Section 5.1's example: 200 channels at 28×28.
    const layer = new LocalRelation({ ...DEFAULTS, channelsPerGroup: 8, kernelSize: 7 });
    expect(layer.cost([[null, 28, 28, 200]])).toMatchObject({ parameters: 50_675, macs: 47_876_675 });
  });

  it('has the weights it names, and comes back from its config', () => {
    const layer = make({ stride: 2, channelsPerGroup: 3 }, [4, 4, 8]);
    expect(Object.entries(weightsOf(layer)).map(([name, { shape }]) => [name, shape])).toEqual([
      ['query_kernel', [1, 1, 8, 3]],
      ['key_kernel', [1, 1, 8, 3]],
      ['geometry_hidden', [2, 3]],
      ['geometry_out', [3, 3]],
      ['output_kernel', [1, 1, 8, 8]],
    ]);
    expectSameFromConfig(layer, [[4, 4, 8]]);
    const without = make({ geometryPrior: false }, [4, 4, 8]);
    expect(Object.keys(weightsOf(without))).toEqual(['query_kernel', 'key_kernel', 'output_kernel']);
    expectSameFromConfig(without, [[4, 4, 8]]);
    expect(layer.inferShape([[null, 5, 4, 8]])).toEqual([null, 3, 2, 8]);
  });

  it.each<[Partial<LocalRelationOptions>, string, string]>([
    [{ kernelSize: 2 }, 'kernelSize must be odd, not 2', '3 or 1'],
    [{ channelsPerGroup: 9 }, '9 channels cannot share weights, there are 8', 'groups of 1 to 8 channels'],
  ])('refuses %j', (options, what, hint) => {
    const refusal = refusalOf(() =>
      new LocalRelation({ ...DEFAULTS, ...options }).inferShape([[null, 4, 4, 8]]),
    );
    expect(refusal).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what: `layer relation: ${what}`, where: 'model', try: hint }],
    });
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import { tensor, transpose } from '../../engine/tf.js';
import type { Axis } from './whole.js';
import { AxialAttention, type AxialAttentionOptions } from './layer.js';
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

const ALL = { query: true, key: true, value: true };
const NONE = { query: false, key: false, value: false };
const BASE = {
  name: 'axial',
  axis: 'height' as Axis,
  length: 5,
  heads: 2,
  positions: ALL,
  batchNorm: { momentum: 0.9, epsilon: 0 },
} satisfies AxialAttentionOptions;
const options = (given: Partial<AxialAttentionOptions>): AxialAttentionOptions => ({
  ...BASE,
  ...given,
});
const make = (given: Partial<AxialAttentionOptions>, shape: readonly number[]): AxialAttention =>
  buildLayer(
    new AxialAttention(options({ length: given.axis === 'width' ? shape[1] : shape[0], ...given })),
    [shape],
  );

const wave = (count: number, phase: number, scale = 1): number[] =>
  Array.from({ length: count }, (_, t) => scale * Math.sin(0.7 * t + phase));
/** [rows, columns] row by row → [columns, rows]. */
const turned = (values: readonly number[], rows: number): number[] => {
  const columns = values.length / rows;
  return values.map((_, t) => values[(t % rows) * columns + Math.floor(t / rows)]);
};

/** Sizes and options that tell the axes, the whole axis and windows apart. */
const CASES: readonly (readonly [string, Partial<AxialAttentionOptions>])[] = [
  ['height', {}],
  ['width', { axis: 'width' }],
  ['height, span 3', { span: 3 }],
  ['width, span 5', { axis: 'width', span: 5 }],
  ['width, span 1', { axis: 'width', span: 1 }],
  ['height, a span beyond the map', { span: 9 }],
  ['width, span 3, long tables', { axis: 'width', span: 3, tableSpan: 20 }],
  ['height, short tables', { span: 3, tableSpan: 2 }],
  ['height, no positions', { positions: NONE }],
  ['width, positions of the query', { axis: 'width', positions: { ...NONE, query: true } }],
  ['height, positions of the key, span 3', { positions: { ...NONE, key: true }, span: 3 }],
  ['height, positions of the value', { positions: { ...NONE, value: true } }],
  ['height, span 3, no positions', { positions: NONE, span: 3 }],
];

describe('AxialAttention', () => {
  // Forward at batch norm = identity: an independent implementation of the article in numpy.
  it.each([
    ['height', [-10.562279, 41.614853, 0.593136, -0.6896]],
    ['width', [-12.298728, 43.181753, 0.679814, -0.280769]],
  ] as const)('is that of numpy: %s', (axis, golden) => {
    const layer = make({ axis }, [5, 5, 8]);
    setWeight(layer, 'qkv_kernel', turned(wave(128, 0.2, 0.3), 16));
    const table = wave(72, 0.5);
    setWeight(layer, 'query_table', turned(table.slice(0, 18), 2));
    setWeight(layer, 'key_table', turned(table.slice(18, 36), 2));
    setWeight(layer, 'value_table', turned(table.slice(36), 4));
    const planes = tensor(Float32Array.from(wave(200, 0.1)), [1, 8, 5, 5]);
    const y = valuesOf(transpose(call(layer, transpose(planes, [0, 2, 3, 1])), [0, 3, 1, 2]));
    const sum = y.reduce((total, value) => total + value, 0);
    const squares = y.reduce((total, value) => total + value ** 2, 0);
    expectClose([sum, squares, y[0], y[y.length - 1]], golden, 2e-6);
  });

  describe.each(CASES)('%s', (_, given) => {
    const shape = [5, 7, 8];

    it('is what the article says, place by place', () => {
      const layer = make(given, shape);
      const x = image([2, ...shape]);
      expectClose(valuesOf(call(layer, x.tensor)), byDefinition(layer, options(given), x), 1e-5);
    });

    it('has the gradients of what it computes', () => {
      const small = [4, 5, 8];
      const layer = make({ ...given, batchNorm: { momentum: 0.9, epsilon: 1e-3 } }, small);
      // What is the same for all keys, softmax takes away; and a window of one key has nothing to choose.
      const isLost = (name: string): boolean =>
        /^(query|key)_(key|position)_beta$/.test(name) || (given.span === 1 && /^(query|key)_/.test(name));
      const without = trainableNames(layer).filter(isLost);
      // With one key the sums are batch norm of batch norm: scale and shift of the first make no difference.
      const isPlain = given.span === 1;
      expectLayerGradients(layer, [small], {
        without,
        training: !isPlain,
        directions: 2,
        tolerance: 1e-3,
      });
    });

    it('costs what it does', () => {
      expectCost(make(given, shape), [shape]);
      expectCost(make({ ...given, stride: 2, heads: 4 }, shape), [shape]);
    });

    it('comes back from its config', () => {
      expectSameFromConfig(make({ ...given, stride: 2 }, shape), [shape]);
    });
  });

  it('costs what the article’s own network does: C = 64, 56×56', () => {
    const layer = new AxialAttention(options({ length: 56, heads: 8 }));
    expect(layer.cost([[null, 56, 56, 64]])).toMatchObject({ parameters: 10_528, macs: 65_028_096 });
  });

  it('averages at a stride', () => {
    const shape = [4, 6, 4];
    const whole = valuesOf(call(make({}, shape), image([1, ...shape]).tensor));
    const layer = make({ stride: 2 }, shape);
    expect(layer.inferShape([[null, 4, 5, 4]])).toEqual([null, 2, 3, 4]);
    const mean = byHand([1, 2, 3, 4], (_, i, j, c) => {
      const at = (y: number, x: number): number => whole[((2 * i + y) * 6 + 2 * j + x) * 4 + c];
      return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
    });
    expectClose(valuesOf(call(layer, image([1, ...shape]).tensor)), mean);
  });

  it('gives a constant value back, whatever the weights of the keys', () => {
    for (const span of [null, 3]) {
      const layer = make({ span, positions: { ...ALL, value: false } }, [5, 4, 4]);
      setWeight(layer, 'qkv_kernel', new Float32Array(32));
      setWeight(layer, 'qkv_beta', [1, 2, 3, 4, 5, 6, 7, 8]);
      const y = valuesOf(call(layer, uniformTensor([1, 5, 4, 4], 1)));
      expectClose(
        y,
        y.map((_, i) => [3, 4, 7, 8][i % 4]),
      );
    }
  });

  it('has the weights it names', () => {
    const weights = Object.entries(weightsOf(make({ heads: 2 }, [5, 3, 8])));
    const shapes = Object.fromEntries(weights.map(([name, { shape }]) => [name, shape]));
    expect(shapes).toMatchObject({
      qkv_kernel: [1, 1, 8, 16],
      qkv_gamma: [16],
      query_table: [9, 2],
      key_table: [9, 2],
      value_table: [9, 4],
      query_key_gamma: [2],
      query_position_gamma: [2],
      key_position_gamma: [2],
      value_gamma: [8],
      value_position_gamma: [8],
    });
    const plain = trainableNames(make({ positions: NONE }, [5, 3, 8]));
    expect(plain).toEqual([
      'qkv_kernel',
      ...['qkv', 'query_key', 'value'].flatMap((name) => [`${name}_gamma`, `${name}_beta`]),
    ]);
  });

  it.each<[Partial<AxialAttentionOptions>, number[], string, string]>([
    [
      { length: 7 },
      [5, 7, 8],
      'was made for a height of 7 places, its tables fit no other; the map has 5',
      'maps of height 7: the data.inputSize that the network was made for',
    ],
    [
      { length: 5, axis: 'width' },
      [5, 7, 8],
      'was made for a width of 5 places, its tables fit no other; the map has 7',
      'maps of width 5: the data.inputSize that the network was made for',
    ],
    [{ heads: 8 }, [5, 7, 8], 'twice the heads must divide the channels: 2·8 into 8', 'heads 1, 2, 4'],
    [
      { span: 4 },
      [5, 7, 8],
      'a span shorter than its axis (5 places) must be odd, not 4',
      '5 or 3, or null for the whole axis',
    ],
    [
      { tableSpan: 4 },
      [5, 7, 8],
      'a table for spans up to 4 does not reach over an axis of 5 places',
      'a tableSpan of at least 5, or null',
    ],
    [
      { span: 3, tableSpan: 1 },
      [5, 7, 8],
      'a table for spans up to 1 does not reach over a window of 3 places',
      'a tableSpan of at least 2, or null',
    ],
  ])('refuses %o on a map of %o', (given, shape, what, hint) => {
    expect(refusalOf(() => new AxialAttention(options(given)).inferShape([[null, ...shape]]))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what: `layer axial: ${what}`, where: 'model', try: hint }],
    });
  });
});

/** Equation 4 with plain loops, in inference at fresh statistics and ε = 0: batch norm is the identity. */
function byDefinition(
  layer: AxialAttention,
  { axis, heads, span = null, positions }: AxialAttentionOptions,
  x: ReturnType<typeof image>,
): number[] {
  const weights = weightsOf(layer);
  const [batch, height, width, channels] = x.tensor.shape as [number, number, number, number];
  const kernel = valuesOf(weights.qkv_kernel);
  const tables = Object.fromEntries(
    (['query', 'key', 'value'] as const)
      .filter((name) => positions[name])
      .map((name) => [name, valuesOf(weights[`${name}_table`])]),
  );
  const perGroup = channels / heads;
  const length = axis === 'height' ? height : width;
  const reach = span !== null && span < length ? (span - 1) / 2 : length;
  const feature = (b: number, y: number, z: number, at: number): number => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += x.at(b, y, z, c) * kernel[c * 2 * channels + at];
    return sum;
  };
  /** r of an offset: its d-th value in a table. */
  const position = (name: 'query' | 'key' | 'value', offset: number, d: number): number => {
    if (!positions[name]) return 0;
    const [entries, size] = weights[`${name}_table`].shape as [number, number];
    return tables[name][((entries - 1) / 2 + offset) * size + d];
  };
  return byHand([batch, height, width, channels], (b, y, z, c) => {
    const group = Math.floor(c / perGroup);
    const start = 2 * perGroup * group;
    const i = axis === 'height' ? y : z;
    const at = (j: number, part: number): number =>
      axis === 'height' ? feature(b, j, z, start + part) : feature(b, y, j, start + part);
    let [sum, total] = [0, 0];
    for (let j = Math.max(0, i - reach); j <= Math.min(length - 1, i + reach); j++) {
      let logit = 0;
      for (let d = 0; d < perGroup / 2; d++) {
        const [q, k] = [at(i, d), at(j, perGroup / 2 + d)];
        logit += q * k + q * position('query', i - j, d) + k * position('key', j - i, d);
      }
      const weight = Math.exp(logit);
      total += weight;
      sum += weight * (at(j, perGroup + (c % perGroup)) + position('value', i - j, c % perGroup));
    }
    return sum / total;
  });
}

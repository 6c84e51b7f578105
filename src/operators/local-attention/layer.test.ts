import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import { avgPool, reverse, tensor4d, type Tensor4D } from '../../engine/tf.js';
import { expectWaveGolden, wave, waveImage, waveKernel } from '../attention-golden.testing.js';
import { LocalSelfAttention, type LocalSelfAttentionOptions } from './layer.js';
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

const DEFAULTS = { name: 'attention', heads: 2, kernelSize: 3 } as const;
const make = (options: Partial<LocalSelfAttentionOptions>, shape: readonly number[]): LocalSelfAttention =>
  buildLayer(new LocalSelfAttention({ ...DEFAULTS, ...options }), [shape]);
const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));

/** y at a place by the definition, all of it in float64. */
function attention(
  layer: LocalSelfAttention,
  x: ReturnType<typeof image>,
  [height, width, channels]: readonly number[],
  options: Required<Pick<LocalSelfAttentionOptions, 'heads' | 'kernelSize' | 'padding'>>,
) {
  const { heads, kernelSize, padding } = options;
  const weights = Object.fromEntries(
    Object.entries(weightsOf(layer)).map(([name, weight]) => [name, valuesOf(weight)]),
  );
  const [depth, reach] = [channels / heads, (kernelSize - 1) / 2];
  const project = (name: string, b: number, i: number, j: number, c: number): number => {
    let sum = 0;
    for (let k = 0; k < channels; k++) sum += x.at(b, i, j, k) * weights[`${name}_kernel`][k * channels + c];
    return sum;
  };
  return (b: number, i: number, j: number, c: number): number => {
    const head = Math.floor(c / depth);
    let [total, sum] = [0, 0];
    for (let u = 0; u < kernelSize; u++)
      for (let v = 0; v < kernelSize; v++) {
        const [row, column] = [i + u - reach, j + v - reach];
        const isInside = row >= 0 && row < height && column >= 0 && column < width;
        if (!isInside && padding === 'mask') continue;
        let logit = 0;
        for (let d = 0; d < depth; d++) {
          const q = project('query', b, i, j, head * depth + d);
          if (weights.key_kernel) logit += q * project('key', b, row, column, head * depth + d);
          if (weights.row_table) {
            const isRow = d < depth / 2;
            const table = isRow ? weights.row_table : weights.column_table;
            logit += q * table[(isRow ? d : d - depth / 2) * kernelSize + (isRow ? u : v)];
          }
        }
        total += Math.exp(logit);
        sum += Math.exp(logit) * project('value', b, row, column, c);
      }
    return sum / total;
  };
}

describe('LocalSelfAttention', () => {
  it.each([
    ['zero', { sum: 0.065949, squares: 0.121983, first: 0.018385, last: -0.005479 }],
    ['mask', { sum: 0.079003, squares: 0.334303, first: 0.043901, last: -0.011627 }],
  ] as const)('is what another computation found, padding %s', (padding, golden) => {
    const layer = make({ padding }, [5, 5, 8]);
    setWeight(layer, 'query_kernel', waveKernel(8, 8, 0.2));
    setWeight(layer, 'key_kernel', waveKernel(8, 8, 0.3));
    setWeight(layer, 'value_kernel', waveKernel(8, 8, 0.4));
    setWeight(layer, 'row_table', wave(6, 0.5));
    setWeight(layer, 'column_table', wave(6, 0.6));
    expectWaveGolden(call(layer, waveImage()), golden);
  });

  it('is its definition, place by place', () => {
    const shape = [3, 5, 8];
    const x = image([2, ...shape]);
    for (const kernelSize of [3, 5])
      for (const padding of ['mask', 'zero'] as const)
        for (const terms of [{}, { relation: 'none' }, { position: 'none', heads: 4 }] as const) {
          const options = { heads: 2, kernelSize, padding, ...terms };
          const layer = make(options, shape);
          expectClose(
            valuesOf(call(layer, x.tensor)),
            byHand([2, ...shape], attention(layer, x, shape, options)),
            1e-5,
          );
        }
  });

  it('gives back values that are the same all over, for its weights sum to one', () => {
    const row = [0.5, -1, 2, 0.25];
    const x = tensor4d(
      Array.from({ length: 2 * 3 * 4 * 4 }, (_, i) => row[i % 4]),
      [2, 3, 4, 4],
    );
    const layer = make({ kernelSize: 5 }, [3, 4, 4]);
    setWeight(layer, 'value_kernel', identity(4));
    expectClose(valuesOf(call(layer, x)), valuesOf(x), 1e-6);
    // Padding with zeros takes weight: less is left at the border, and where the window sees none all the same.
    const padded = make({ kernelSize: 5, padding: 'zero' }, [3, 4, 4]);
    setWeight(padded, 'value_kernel', identity(4));
    valuesOf(call(padded, x)).forEach((y, i) => expect(Math.abs(y)).toBeLessThan(Math.abs(row[i % 4])));
  });

  it('is the mean of the window where queries are zero', () => {
    const shape = [4, 5, 4];
    const x = image([2, ...shape]);
    for (const padding of ['mask', 'zero'] as const) {
      const layer = make({ padding }, shape);
      setWeight(layer, 'query_kernel', new Float32Array(16));
      setWeight(layer, 'value_kernel', identity(4));
      const expected = byHand([2, ...shape], (b, i, j, c) => {
        const seen = (at: number, length: number): number => Math.min(length, at + 2) - Math.max(0, at - 1);
        let sum = 0;
        for (let u = -1; u <= 1; u++) for (let v = -1; v <= 1; v++) sum += x.at(b, i + u, j + v, c);
        return sum / (padding === 'mask' ? seen(i, 4) * seen(j, 5) : 9);
      });
      expectClose(valuesOf(call(layer, x.tensor)), expected, 1e-6);
    }
  });

  it('does not mind where things are without positions, but for the border; with them it does', () => {
    const x = uniformTensor<Tensor4D>([1, 3, 3, 4], 1);
    const turned = reverse(x, [1, 2]);
    const centre = (layer: LocalSelfAttention, of: Tensor4D): number[] =>
      valuesOf(call(layer, of)).slice(16, 20);
    const blind = make({ position: 'none' }, [3, 3, 4]);
    expectClose(centre(blind, turned), centre(blind, x), 1e-6);
    const seeing = make({}, [3, 3, 4]);
    const [a, b] = [centre(seeing, turned), centre(seeing, x)];
    expect(Math.max(...a.map((value, i) => Math.abs(value - b[i])))).toBeGreaterThan(1e-3);
  });

  it('with stride 2 averages what it finds at the size of the input', () => {
    const x = uniformTensor<Tensor4D>([2, 4, 6, 4], 2);
    const [whole, strided] = [1, 2].map((stride) => make({ stride }, [4, 6, 4]));
    const expected = avgPool(call(whole, x) as Tensor4D, 2, 2, 'valid');
    expectClose(valuesOf(call(strided, x)), valuesOf(expected), 1e-6);
    expect(make({ stride: 2 }, [5, 7, 4]).inferShape([[null, 5, 7, 4]])).toEqual([null, 3, 4, 4]);
  });

  it('has the gradients of what it computes', () => {
    const options = [
      {},
      { padding: 'zero', kernelSize: 5 },
      { relation: 'none' },
      { position: 'none' },
    ] as const;
    for (const each of options) expectLayerGradients(make(each, [3, 4, 4]), [[3, 4, 4]]);
    expectLayerGradients(make({ stride: 2 }, [4, 5, 4]), [[4, 5, 4]]);
  });

  it('costs what it does: three products of K²·C a place and three projections', () => {
    const shape = [4, 5, 8];
    for (const options of [
      ...[{}, { stride: 2 }, { kernelSize: 5, heads: 4 }],
      ...([{ relation: 'none' }, { position: 'none', padding: 'zero' }] as const),
    ])
      expectCost(make(options, shape), [shape]);
    expectCost(make({}, shape), [shape], {
      macsElementwise: 20 * 9 * 2 * 2,
      innerActivations: 20 * (3 * 8 + 9 * 2),
    });
    // Section 3.1's example: 64 channels at 56×56.
    const layer = new LocalSelfAttention({ name: 'published', heads: 8, kernelSize: 7 });
    expect(layer.cost([[null, 56, 56, 64]])).toMatchObject({ parameters: 12_344, macs: 68_038_656 });
  });

  it('has the weights it names, and comes back from its config', () => {
    const layer = make({ kernelSize: 5, stride: 2, padding: 'zero' }, [4, 4, 8]);
    expect(Object.entries(weightsOf(layer)).map(([name, { shape }]) => [name, shape])).toEqual([
      ...['query', 'key', 'value'].map((name) => [`${name}_kernel`, [1, 1, 8, 8]]),
      ...['row', 'column'].map((name) => [`${name}_table`, [2, 5]]),
    ]);
    expect(trainableNames(make({ relation: 'none' }, [4, 4, 8]))).not.toContain('key_kernel');
    expect(trainableNames(make({ position: 'none' }, [4, 4, 8]))).toHaveLength(3);
    expectSameFromConfig(layer, [[4, 4, 8]]);
  });

  it.each<[Partial<LocalSelfAttentionOptions>, number, string, string]>([
    [{ kernelSize: 4 }, 8, 'kernelSize must be odd, not 4', '5 or 3'],
    [{ heads: 5 }, 8, 'heads must divide the channels: 5 heads, 8 channels', 'heads 1, 2, 4, 8'],
    [
      { heads: 4 },
      12,
      'a head’s channels are half for rows and half for columns, so they must be even: 3 of 12 channels in 4 heads',
      'heads 1, 2, 3, 6, or position none',
    ],
    [
      { relation: 'none', position: 'none' },
      8,
      'relation and position are both none, so every weight would be the same',
      'relation dot, position relative, or both',
    ],
  ])('refuses %j of %i channels', (options, channels, what, hint) => {
    const refusal = refusalOf(() =>
      new LocalSelfAttention({ ...DEFAULTS, ...options }).inferShape([[null, 4, 4, channels]]),
    );
    expect(refusal).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what: `layer attention: ${what}`, where: 'model', try: hint }],
    });
  });
});

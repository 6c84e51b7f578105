import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import { avgPool, reverse, tensor4d, type Tensor3D, type Tensor4D } from '../../engine/tf.js';
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
import { expectWaveGolden, wave, waveImage, waveKernel } from '../attention-golden.testing.js';
import { GlobalSelfAttention, type GlobalSelfAttentionOptions } from './layer.js';
import { byKey } from './relative.js';

beforeAll(openReference);

type Size = readonly [height: number, width: number, channels: number];
const make = (options: Partial<GlobalSelfAttentionOptions>, shape: Size): GlobalSelfAttention => {
  const [height, width] = shape;
  return buildLayer(new GlobalSelfAttention({ name: 'attention', heads: 2, height, width, ...options }), [
    shape,
  ]);
};
const identity = (n: number): number[] => Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0));

/** y at a place by the definition, all of it in float64. */
function attention(
  layer: GlobalSelfAttention,
  x: ReturnType<typeof image>,
  [height, width, channels]: Size,
  heads: number,
) {
  const weights = Object.fromEntries(
    Object.entries(weightsOf(layer)).map(([name, weight]) => [name, valuesOf(weight)]),
  );
  const depth = channels / heads;
  const project = (name: string, b: number, i: number, j: number, c: number): number => {
    let sum = 0;
    for (let k = 0; k < channels; k++) sum += x.at(b, i, j, k) * weights[`${name}_kernel`][k * channels + c];
    return sum;
  };
  return (b: number, i: number, j: number, c: number): number => {
    const head = Math.floor(c / depth);
    let [total, sum] = [0, 0];
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        let logit = 0;
        for (let d = 0; d < depth; d++) {
          const q = project('query', b, i, j, head * depth + d) / Math.sqrt(depth);
          logit += q * project('key', b, row, column, head * depth + d);
          if (weights.row_table) {
            const rowOffset = row - i + height - 1;
            const columnOffset = column - j + width - 1;
            const r =
              weights.row_table[rowOffset * depth + d] + weights.column_table[columnOffset * depth + d];
            logit += q * r;
          }
        }
        total += Math.exp(logit);
        sum += Math.exp(logit) * project('value', b, row, column, c);
      }
    return sum / total;
  };
}

describe('GlobalSelfAttention', () => {
  it.each([
    ['relative', { sum: 0.241733, squares: 0.170526, first: 0.016248, last: 0.0423 }],
    ['none', { sum: -0.133152, squares: 0.124523, first: 0.001648, last: 0.027971 }],
  ] as const)('is what another computation found, position %s', (position, golden) => {
    const layer = make({ position }, [5, 5, 8]);
    setWeight(layer, 'query_kernel', waveKernel(8, 8, 0.2));
    setWeight(layer, 'key_kernel', waveKernel(8, 8, 0.3));
    setWeight(layer, 'value_kernel', waveKernel(8, 8, 0.4));
    if (position === 'relative') {
      setWeight(layer, 'row_table', wave(9 * 4, 0.5));
      setWeight(layer, 'column_table', wave(9 * 4, 0.6));
    }
    expectWaveGolden(call(layer, waveImage()), golden);
  });

  it('is its definition, place by place', () => {
    const shape = [3, 5, 8] as const;
    const x = image([2, ...shape]);
    for (const position of ['relative', 'none'] as const)
      for (const heads of [1, 2, 8]) {
        const layer = make({ heads, position }, shape);
        expectClose(
          valuesOf(call(layer, x.tensor)),
          byHand([2, ...shape], attention(layer, x, shape, heads)),
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
    const layer = make({}, [3, 4, 4]);
    setWeight(layer, 'value_kernel', identity(4));
    expectClose(valuesOf(call(layer, x)), valuesOf(x), 1e-6);
  });

  it('without positions does not see the order of places', () => {
    const x = uniformTensor<Tensor4D>([2, 3, 4, 4], 1);
    const [blind, seeing] = (['none', 'relative'] as const).map((position) => make({ position }, [3, 4, 4]));
    const turn = (map: Tensor4D): Tensor4D => reverse(map, [1, 2]);
    const difference = (layer: GlobalSelfAttention): number => {
      const turned = valuesOf(turn(call(layer, turn(x)) as Tensor4D));
      return Math.max(...valuesOf(call(layer, x)).map((value, i) => Math.abs(value - turned[i])));
    };
    expect(difference(blind)).toBeLessThan(1e-5);
    expect(difference(seeing)).toBeGreaterThan(1e-2);
  });

  it('averages what it puts out at a stride', () => {
    const x = uniformTensor<Tensor4D>([2, 5, 4, 4], 1);
    const [one, two] = [1, 2].map((stride) => make({ stride }, [5, 4, 4]));
    const expected = avgPool(call(one, x) as Tensor4D, 2, 2, 'same');
    expectClose(valuesOf(call(two, x)), valuesOf(expected), 1e-6);
    expect(two.inferShape([[null, 5, 4, 4]])).toEqual([null, 3, 2, 4]);
  });

  it('has weights by their names', () => {
    expect(trainableNames(make({}, [3, 2, 8]))).toEqual([
      'query_kernel',
      'key_kernel',
      'value_kernel',
      'row_table',
      'column_table',
    ]);
    const shapes = Object.fromEntries(
      Object.entries(weightsOf(make({}, [3, 2, 8]))).map(([name, { shape }]) => [name, shape]),
    );
    expect(shapes).toMatchObject({ query_kernel: [1, 1, 8, 8], row_table: [5, 4], column_table: [3, 4] });
  });

  it.each([{}, { position: 'none' }, { stride: 2, heads: 4 }] as const)(
    'has its gradients: %o',
    (options) => {
      expectLayerGradients(make(options, [3, 4, 8]), [[3, 4, 8]]);
    },
  );

  it('costs what it computes', () => {
    const shape = [3, 4, 8] as const;
    const [places, heads, channels] = [12, 2, 8];
    expectCost(make({}, shape), [shape], {
      oncePerBatch: 0,
      macsElementwise: 3 * places ** 2 * heads,
      innerActivations: 3 * places * channels + places ** 2 * heads,
    });
    expectCost(make({ position: 'none', stride: 2 }, shape), [shape], {
      macsElementwise: places ** 2 * heads + places * channels,
    });
  });

  it('is the same after it was made from its config', () => {
    expectSameFromConfig(make({ stride: 2, position: 'none' }, [3, 4, 8]), [[3, 4, 8]]);
  });

  it.each<[Partial<GlobalSelfAttentionOptions>, string, string]>([
    [{ heads: 3 }, 'heads must divide the channels: 3 heads, 8 channels', 'heads 1, 2, 4, 8'],
    [
      { height: 4 },
      'was made for maps of 4×4 places, not 3×4',
      'the data.inputSize that the network was made for',
    ],
  ])('refuses %o', (options, what, hint) => {
    const layer = new GlobalSelfAttention({ name: 'attention', heads: 2, height: 3, width: 4, ...options });
    expect(refusalOf(() => layer.inferShape([[null, 3, 4, 8]])).problems).toEqual([
      { what: `layer attention: ${what}`, where: 'model', try: hint },
    ]);
  });
});

it('logits by offset become logits by key', () => {
  const length = 4;
  const offsets = uniformTensor<Tensor3D>([2, length, 2 * length - 1], 1);
  const given = valuesOf(offsets);
  const expected = byHand([2, length, length, 1], (line, i, j) => {
    return given[(line * length + i) * (2 * length - 1) + j - i + length - 1];
  });
  expectClose(valuesOf(byKey(offsets)), expected, 0);
});

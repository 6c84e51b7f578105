import { beforeAll, describe, expect, it } from 'vitest';
import { countMultiplyAdds } from '../../engine/multiply-adds.testing.js';
import { expectClose, openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import { maxPool, tensor, type Tensor4D, type Tensor5D } from '../../engine/tf.js';
import { AttentionStem, BlockMaxPooling, type AttentionStemOptions } from './stem.js';
import { refusalOf } from '../../util/refusal.testing.js';
import {
  buildLayer,
  call,
  expectLayerGradients,
  expectSameFromConfig,
  image,
  trainableNames,
  weightsOf,
} from '../../layers/testing.js';

beforeAll(openReference);

const DEFAULTS: AttentionStemOptions = { name: 'stem', filters: 6, heads: 2, mixtures: 3, embedding: 5 };
const make = (options: Partial<AttentionStemOptions>, shape: readonly number[]): AttentionStem =>
  buildLayer(new AttentionStem({ ...DEFAULTS, ...options }), [shape]);

/** What a pixel of a block gets, by the definition. */
function attention(layer: AttentionStem, x: ReturnType<typeof image>, channels: number) {
  const { filters, heads, mixtures, embedding } = DEFAULTS;
  const w = Object.fromEntries(
    Object.entries(weightsOf(layer)).map(([name, weight]) => [name, valuesOf(weight)]),
  );
  const product = (name: string, pixel: readonly number[], f: number, mixture = 0): number =>
    pixel.reduce(
      (sum, value, c) => sum + value * w[`${name}_kernel`][(mixture * channels + c) * filters + f],
      0,
    );
  const shares = (a: number, b: number): number[] => {
    const logits = Array.from({ length: mixtures }, (_, m) => {
      let sum = 0;
      for (let l = 0; l < embedding; l++) {
        const place = w.row_embedding[a * embedding + l] + w.column_embedding[b * embedding + l];
        sum += place * w.mixture_embedding[l * mixtures + m];
      }
      return Math.exp(sum);
    });
    const total = logits.reduce((sum, each) => sum + each, 0);
    return logits.map((each) => each / total);
  };
  return (batch: number, row: number, column: number, place: number, f: number): number => {
    const pixel = (at: number): number[] =>
      Array.from({ length: channels }, (_, c) =>
        x.at(batch, row * 4 + Math.floor(at / 4), column * 4 + (at % 4), c),
      );
    const depth = filters / heads;
    const head = Math.floor(f / depth);
    let [total, sum] = [0, 0];
    for (let at = 0; at < 16; at++) {
      let logit = 0;
      for (let d = head * depth; d < (head + 1) * depth; d++)
        logit += product('query', pixel(place), d) * product('key', pixel(at), d);
      const value = shares(Math.floor(at / 4), at % 4).reduce(
        (mixed, share, m) => mixed + share * product('value', pixel(at), f, m),
        0,
      );
      total += Math.exp(logit);
      sum += Math.exp(logit) * value;
    }
    return sum / total;
  };
}

describe('AttentionStem', () => {
  it('is its definition, pixel by pixel', () => {
    const shape = [8, 12, 2];
    const x = image([2, ...shape]);
    const layer = make({}, shape);
    const y = call(layer, x.tensor) as Tensor5D;
    expect(y.shape).toEqual([2, 2, 3, 16, 6]);
    const at = attention(layer, x, 2);
    const expected: number[] = [];
    for (let b = 0; b < 2; b++)
      for (let i = 0; i < 2; i++)
        for (let j = 0; j < 3; j++)
          for (let place = 0; place < 16; place++)
            for (let f = 0; f < 6; f++) expected.push(at(b, i, j, place, f));
    expectClose(valuesOf(y), expected, 1e-5);
  });

  it('has the gradients of what it computes', () => {
    expectLayerGradients(make({}, [4, 8, 2]), [[4, 8, 2]]);
  });

  it('costs what it does, but for the way values are mixed and for taps beyond a block', () => {
    const shape = [8, 4, 3];
    const { filters, mixtures, embedding } = DEFAULTS;
    const places = 32;
    // The definition mixes M values of each pixel; here pixels are weighed before, element by element.
    const mixing = places * filters * mixtures;
    // A window of 7×7 has 49 taps, of which 33 lie in the padding.
    const padding = places * filters * 2 * 33;
    // What the embeddings say is asked once, and not counted by the paper.
    const asked = 16 * embedding * mixtures;
    const layer = make({}, shape);
    for (const batch of [1, 3]) {
      const x = uniformTensor([batch, ...shape], 4);
      const counted = countMultiplyAdds(() => void call(layer, x));
      const { macs, parameters } = layer.cost([[null, ...shape]]);
      expect(counted).toBe(batch * (macs - mixing + padding) + asked);
      expect(parameters).toBe(layer.countParams());
    }
    expect(layer.cost([[null, ...shape]])).toMatchObject({
      macsElementwise: places * 2 * 16,
      innerActivations: places * (3 * filters + mixtures * 3 + 2 * 49),
    });
  });

  it('costs what section 3.2 says at 224×224', () => {
    for (const [mixtures, parameters, macs] of [
      [4, 2_048 - 128, 173_408_256],
      [8, 3_072 - 128, 224_788_480],
    ]) {
      const layer = new AttentionStem({ name: 'stem', filters: 64, heads: 4, mixtures, embedding: 64 });
      expect(layer.cost([[null, 224, 224, 3]])).toMatchObject({ parameters, macs });
    }
  });

  it('has the weights it names, and comes back from its config', () => {
    const layer = make({}, [4, 4, 3]);
    expect(trainableNames(layer)).toEqual([
      ...['query_kernel', 'key_kernel', 'value_kernel'],
      ...['row_embedding', 'column_embedding', 'mixture_embedding'],
    ]);
    expect(weightsOf(layer).value_kernel.shape).toEqual([1, 1, 9, 6]);
    expectSameFromConfig(layer, [[4, 4, 3]]);
  });

  it.each<[Partial<AttentionStemOptions>, number, string, string]>([
    [{ heads: 4 }, 8, 'heads must divide the channels: 4 heads, 6 channels', 'heads 1, 2, 3, 6'],
    [
      {},
      30,
      'the image must be made of 4×4 blocks, it has 30×30 pixels',
      'a data.inputSize that is a multiple of 4',
    ],
  ])('refuses %j with images of %i', (options, size, what, hint) => {
    const refusal = refusalOf(() =>
      new AttentionStem({ ...DEFAULTS, ...options }).inferShape([[null, size, size, 3]]),
    );
    expect(refusal).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what: `layer stem: ${what}`, where: 'model', try: hint }],
    });
  });
});

it('BlockMaxPooling is 4×4 max pooling of the image put together again', () => {
  const layer = new BlockMaxPooling({ name: 'pool' });
  const x = uniformTensor<Tensor4D>([2, 8, 4, 3], 1);
  const values = valuesOf(x);
  const blocks = Array.from({ length: 2 * 2 * 16 * 3 }, (_, i) => {
    const [place, c] = [Math.floor(i / 3) % 16, i % 3];
    const [b, row] = [Math.floor(i / 96), Math.floor(i / 48) % 2];
    return values[((b * 8 + row * 4 + Math.floor(place / 4)) * 4 + (place % 4)) * 3 + c];
  });
  const y = call(layer, tensor(blocks, [2, 2, 1, 16, 3]));
  expectClose(valuesOf(y), valuesOf(maxPool(x, 4, 4, 'valid')), 0);
  expect(layer.inferShape([[null, 2, 1, 16, 3]])).toEqual([null, 2, 1, 3]);
  expect(layer.cost([[null, 2, 1, 16, 3]]).macsElementwise).toBe(96);
});

import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniform, uniformTensor } from '../engine/testing.js';
import { openEngine } from '../engine/engine.js';
import { openTestTensorflow, NO_TENSORFLOW } from '../engine/tensorflow/testing.js';
import * as tf from '../engine/tf.js';
import type { PlaceWeights } from '../layers/observation.js';
import type { OperatorLayer } from '../layers/operator-layer.js';
import { buildLayer, setWeight, weightsOf } from '../layers/testing.js';
import { AxialAttention } from '../operators/axial-attention/layer.js';
import { GlobalSelfAttention } from '../operators/global-attention/layer.js';
import { Involution } from '../operators/involution/layer.js';
import { RelationalInvolution } from '../operators/involution/relational.js';
import { LocalRelation } from '../operators/local-relation/layer.js';
import { LocalSelfAttention } from '../operators/local-attention/layer.js';
import { AttentionStem } from '../operators/local-attention/stem.js';
import { SelfAttentionModule } from '../operators/san/layer.js';
import {
  attentionDistance,
  kernelSums,
  meanKernel,
  placeDependence,
  readWeights,
  type WeightsOfImage,
} from './place-weights.js';

beforeAll(openReference);

const [H, W, C] = [7, 6, 8] as const;
const batchNorm = { momentum: 0.9, epsilon: 1e-3 };
const name = 'layer';
/** Of a head's 2·4 columns the queries, the keys and the values, which are the channels themselves. */
const axialKernel = uniform([C, 2 * C], 5).map((value, i) => {
  const [from, to] = [Math.floor(i / (2 * C)), i % (2 * C)];
  const [head, part] = [Math.floor(to / 8), to % 8];
  return part < 4 ? value : Number(from === head * 4 + part - 4);
});
const noPositions = { query: false, key: false, value: false };

interface Case {
  readonly title: string;
  readonly make: () => OperatorLayer;
  /** Weights that make the layer's values the pixels themselves, so that its output is the pixels, weighed. */
  readonly plain?: Readonly<Record<string, ArrayLike<number>>>;
  /** The group of a channel, where it is not that of its place in the row. */
  readonly groupOf?: (channel: number, groups: number) => number;
  readonly scale?: number;
}

const identity = Float32Array.from({ length: C * C }, (_, i) => Number(Math.floor(i / C) === i % C));
const involution = { name, groups: 2, reductionRatio: 2, kernelSize: 3 } as const;
const axial = { name, heads: 2, positions: noPositions, batchNorm };
const san = {
  name,
  mapping: 'LRL',
  filters: C,
  relationChannels: 3,
  share: 2,
  kernelSize: 5,
  batchNorm,
} as const;
const values = { value_kernel: identity };
const sanValues = { ...values, value_bias: new Float32Array(C) };
const interleaved = (channel: number, groups: number): number => channel % groups;

const KERNELS: readonly Case[] = [
  ...[{ stride: 1 }, { stride: 2 }, { dilation: 2 }, { kernelBound: 'l2' as const }].map((options): Case => ({
    title: `involution, ${JSON.stringify(options)}`,
    make: () =>
      new Involution({
        ...involution,
        generator: 'paper',
        initialization: 'reference',
        batchNorm,
        ...options,
      }),
  })),
  {
    title: 'involution by query and key',
    make: () => new RelationalInvolution({ ...involution, generation: 'query-key' }),
  },
  {
    title: 'patchwise self-attention',
    make: () => new SelfAttentionModule({ ...san, type: 'patchwise', relation: 'concatenation' }),
    plain: sanValues,
    groupOf: interleaved,
  },
];

const ATTENTION: readonly Case[] = [
  {
    title: 'involution by a softmax, stride 2',
    make: () => new RelationalInvolution({ ...involution, generation: 'query-key-softmax', stride: 2 }),
  },
  {
    title: 'local attention',
    make: () => new LocalSelfAttention({ name, heads: 2, kernelSize: 5 }),
    plain: values,
  },
  {
    title: 'local attention, zeros beyond the border',
    make: () => new LocalSelfAttention({ name, heads: 2, kernelSize: 5, padding: 'zero' }),
    plain: values,
  },
  {
    title: 'a local relation, stride 2',
    make: () =>
      new LocalRelation({
        name,
        channelsPerGroup: 4,
        kernelSize: 3,
        stride: 2,
        relation: 'squared-difference',
      }),
    plain: { output_kernel: identity },
  },
  {
    title: 'attention over the map',
    make: () => new GlobalSelfAttention({ name, heads: 2, height: H, width: W }),
    plain: values,
  },
  ...(['height', 'width'] as const).flatMap((axis) =>
    [null, 3].map((span): Case => ({
      title: `axial attention along the ${axis}, ${span ?? 'all'} keys`,
      make: () => new AxialAttention({ ...axial, axis, length: axis === 'height' ? H : W, span }),
      plain: { qkv_kernel: axialKernel },
      // Two batch norms, whose statistics are those of the start.
      scale: 1 / 1.001,
    })),
  ),
  {
    title: 'pairwise self-attention',
    make: () =>
      new SelfAttentionModule({ ...san, type: 'pairwise', relation: 'subtraction', position: true }),
    plain: sanValues,
    groupOf: interleaved,
  },
];

function observe({ make, plain = {} }: Pick<Case, 'make' | 'plain'>) {
  const layer = buildLayer(make(), [[H, W, C]]);
  for (const [weight, of] of Object.entries(plain)) setWeight(layer, weight, of);
  const x = uniformTensor<tf.Tensor4D>([1, H, W, C], 3);
  const seen: WeightsOfImage[] = [];
  const y = tf.tidy(() =>
    layer.compute([x], {
      training: false,
      observe: (shown) => void seen.push(readWeights(shown as PlaceWeights, { height: H, width: W })),
    }),
  );
  expect(seen).toHaveLength(1);
  return { weights: seen[0]!, x, y, layer };
}

describe('the weights that a layer shows', () => {
  it.each([...KERNELS, ...ATTENTION])('make its output: $title', (each) => {
    const { weights, x, y } = observe(each);
    const [, height, width] = y.shape as [number, number, number];
    expect([weights.height, weights.width]).toEqual([height, width]);
    const pixels = x.dataSync<'float32'>();
    const expected = Array.from({ length: height * width * C }, (_, i) => {
      const [place, channel] = [Math.floor(i / C), i % C];
      const { groupOf = (c, groups) => Math.floor((c * groups) / C) } = each;
      const at = { row: Math.floor(place / width), column: place % width };
      const heat = weights.spread(at, groupOf(channel, weights.groups));
      return (each.scale ?? 1) * heat.values.reduce((sum, w, j) => sum + w * pixels[j * C + channel]!, 0);
    });
    expectClose(y.dataSync<'float32'>(), expected, 1e-5);
  });

  it.each(ATTENTION)('add up to 1 at every place: $title', (each) => {
    const { weights } = observe(each);
    expect(weights.kind).toBe('attention');
    for (let row = 0; row < weights.height; row++) {
      for (let column = 0; column < weights.width; column++) {
        for (let group = 0; group < weights.groups; group++) {
          const one = weights.at({ row, column }, group);
          expect(Math.min(...one)).toBeGreaterThanOrEqual(0);
          expect(one.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5);
        }
      }
    }
  });

  it.each(KERNELS)('are told to be kernels: $title', (each) => {
    expect(observe(each).weights.kind).toBe('kernels');
  });
});

describe('the attention stem', () => {
  it('shows the weights that a pixel gives to its block, and what the values are mixed of', () => {
    const [height, width, channels, heads, mixtures] = [8, 12, 4, 2, 3];
    const layer = buildLayer(new AttentionStem({ name, filters: channels, heads, mixtures, embedding: 5 }), [
      [height, width, channels],
    ]);
    // Matrix m passes the pixel on m + 1 times, so what is weighed is the pixel times Σ_m p_m·(m + 1).
    const factors = Array.from({ length: mixtures }, (_, m) => m + 1);
    const kernel = factors.flatMap((factor) =>
      Array.from(
        { length: channels ** 2 },
        (_, i) => factor * Number(Math.floor(i / channels) === i % channels),
      ),
    );
    setWeight(layer, 'value_kernel', kernel);
    const x = uniformTensor<tf.Tensor4D>([1, height, width, channels], 3);
    const seen: WeightsOfImage[] = [];
    const y = tf.tidy(() =>
      layer.compute([x], {
        training: false,
        observe: (shown) => void seen.push(readWeights(shown as PlaceWeights, { height, width })),
      }),
    );
    const [weights] = seen;
    expect(seen).toHaveLength(1);
    expect(weights).toMatchObject({ kind: 'attention', groups: heads, height, width });
    const { side, count, shares } = weights.mixtures!;
    expect([side, count, shares.length]).toEqual([4, mixtures, 16 * mixtures]);
    const inBlock = (row: number, column: number): number => (row % 4) * 4 + (column % 4);
    const factorAt = (row: number, column: number): number =>
      factors.reduce((sum, factor, m) => sum + factor * shares[inBlock(row, column) * mixtures + m]!, 0);
    const pixels = x.dataSync<'float32'>();
    const expected = new Float32Array(y.size);
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const block = Math.floor(row / 4) * (width / 4) + Math.floor(column / 4);
        for (let c = 0; c < channels; c++) {
          let [sum, total] = [0, 0];
          weights.visit({ row, column }, Math.floor((c * heads) / channels), (toRow, toColumn, weight) => {
            const isOwn =
              Math.floor(toRow / 4) === Math.floor(row / 4) &&
              Math.floor(toColumn / 4) === Math.floor(column / 4);
            if (!isOwn) expect(weight).toBe(0);
            total += weight;
            sum += weight * factorAt(toRow, toColumn) * pixels[(toRow * width + toColumn) * channels + c]!;
          });
          expect(total).toBeCloseTo(1, 5);
          expected[(block * 16 + inBlock(row, column)) * channels + c] = sum;
        }
      }
    }
    expectClose(y.dataSync<'float32'>(), expected, 1e-5);
  });
});

const linear = () =>
  new Involution({ ...involution, generator: 'linear', initialization: 'reference', batchNorm });

/** H = W₁·W₀·X + b, the sum of its K² values for each place and group: from weights alone, in float64. */
function plainSums(layer: OperatorLayer, pixels: Float32Array): number[][] {
  const weight = (of: string): Float32Array => weightsOf(layer)[of]!.dataSync<'float32'>();
  const [reduce, span, bias] = [weight('reduce_kernel'), weight('span_kernel'), weight('span_bias')];
  return [0, 1].map((group) =>
    Array.from({ length: H * W }, (_, place) => {
      let sum = 0;
      for (let tap = 0; tap < 9; tap++) {
        sum += bias[group * 9 + tap]!;
        for (let r = 0; r < 4; r++) {
          let reduced = 0;
          for (let c = 0; c < C; c++) reduced += pixels[place * C + c]! * reduce[c * 4 + r]!;
          sum += reduced * span[r * 18 + group * 9 + tap]!;
        }
      }
      return sum;
    }),
  );
}

describe('the heat map of involution’s kernels', () => {
  const expectPlain = (): void => {
    const { weights, x, layer } = observe({ make: linear, plain: { span_bias: uniform([18], 8) } });
    const expected = plainSums(layer, x.dataSync<'float32'>());
    expected.forEach((sums, group) => expectClose(kernelSums(weights, group).values, sums, 1e-5));
  };

  it('is the sum of the kernel made at each place: on the reference', expectPlain);

  it('on the wasm engine', async () => {
    const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
    engine.run(expectPlain);
  });

  it.skipIf(NO_TENSORFLOW)('on the tensorflow engine', async () => {
    await openTestTensorflow();
    expectPlain();
    await openReference();
  });
});

/** Weights of a 2×2 map with windows of one place, or of a map of so many places in a row. */
function made(values: number[], { groups = 1, kernelSize = 1, width = 2 } = {}): WeightsOfImage {
  const height = values.length / width / groups / kernelSize ** 2;
  const weights = tf.tensor4d(values, [1, height, width, groups * kernelSize ** 2]);
  const window = { kernelSize, groups, stride: 1, dilation: 1, mirrored: false };
  return readWeights({ kind: 'kernels', reach: 'window', weights, ...window }, { height, width });
}

describe('measures of weights', () => {
  it('one kernel everywhere does not depend on the place, kernels that cancel out do so wholly', () => {
    expect(placeDependence(made([3, 3, 3, 3]), 0)).toBeCloseTo(0, 12);
    expect(placeDependence(made([1, -1, 1, -1]), 0)).toBe(1);
    expect(placeDependence(made([0, 0, 0, 0]), 0)).toBe(0);
    // Mean 2, mean square 5.
    expect(placeDependence(made([1, 3, 1, 3]), 0)).toBeCloseTo(1 - 4 / 5, 6);
    expect([...meanKernel(made([1, 10, 3, 20], { groups: 2, width: 1 }), 1)]).toEqual([15]);
  });

  it('attention looks as far as its weight lies away', () => {
    const place = (weight: number, around = 0) => [around, around, around, around, weight, 0, 0, 0, around];
    expect(attentionDistance(made(place(1), { kernelSize: 3, width: 1 }), 0)).toBe(0);
    // Of three in a row each looks at its right neighbour; the last one's is beyond the border.
    const right = [0, 0, 0, 0, 0, 1, 0, 0, 0];
    expect(attentionDistance(made([...right, ...right, ...right], { kernelSize: 3, width: 3 }), 0)).toBe(1);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import {
  expectClose,
  expectGradients,
  openReference,
  uniform,
  uniformTensor,
  valuesOf,
} from '../../engine/testing.js';
import { tensor, transpose, variable, type Tensor, type Variable } from '../../engine/tf.js';
import { SelfAttentionModule, type MappingName, type SelfAttentionOptions } from './layer.js';
import { refusalOf } from '../../util/refusal.testing.js';
import {
  buildLayer,
  byHand,
  call,
  expectCost,
  expectLayerGradients,
  expectSameFromConfig,
  setWeight,
  trainableNames,
  weightsOf,
} from '../../layers/testing.js';

beforeAll(openReference);

type Relation = Pick<SelfAttentionOptions, 'type'> & Record<string, unknown>;
const PAIR: Relation = { type: 'pairwise', relation: 'subtraction', position: true };
const PATCH: Relation = { type: 'patchwise', relation: 'concatenation' };
const BASE = {
  name: 'sam',
  mapping: 'LRL',
  filters: 4,
  relationChannels: 2,
  share: 2,
  kernelSize: 3,
  batchNorm: { momentum: 0.9, epsilon: 1e-5 },
};
const options = (given: object): SelfAttentionOptions => ({ ...BASE, ...given }) as SelfAttentionOptions;
const make = (given: object, shape: readonly number[], seed = 0): SelfAttentionModule =>
  buildLayer(new SelfAttentionModule(options(given)), [shape], seed);

/** All relations, on two channels of features. */
const RELATIONS: readonly Relation[] = [
  ...['subtraction', 'sum', 'hadamard', 'concatenation', 'dot'].map((relation) => ({ ...PAIR, relation })),
  { ...PAIR, position: false },
  ...['concatenation', 'star', 'clique'].map((relation) => ({ ...PATCH, relation })),
];
const titleOf = ({ type, relation, position }: Relation): string =>
  `${String(type)} ${String(relation)}${position === false ? ', no position' : ''}`;

/** [rows, columns] with element t at sin(0.7 t + phase)·scale, as the kernel of a 1×1 convolution: [columns, rows]. */
function fill(rows: number, columns: number, phase: number, scale = 1): number[] {
  const at = (i: number): number => scale * Math.sin(0.7 * i + phase);
  return Array.from({ length: rows * columns }, (_, t) => at((t % rows) * columns + Math.floor(t / rows)));
}

describe('SelfAttentionModule', () => {
  // Forward at batch norm = identity, biases 0: an independent implementation of the article in numpy.
  it.each<[string, Relation, number[], number[], readonly number[]]>([
    ['pairwise', PAIR, fill(2, 4, 0.6), fill(2, 2, 0.7), [-0.248834, 0.76948, 0.003646, 0.1373]],
    ['patchwise', PATCH, fill(2, 20, 0.6), fill(18, 2, 0.7), [-1.281726, 8.973743, 0.034144, -0.046223]],
  ])('is that of numpy: %s', (_, relation, first, second, golden) => {
    const layer = make({ ...relation, batchNorm: { momentum: 0.9, epsilon: 0 } }, [5, 5, 8]);
    for (const [name, { size }] of Object.entries(weightsOf(layer)))
      if (name.endsWith('bias')) setWeight(layer, name, new Float32Array(size));
    setWeight(layer, 'query_kernel', fill(2, 8, 0.2, 0.3));
    setWeight(layer, 'key_kernel', fill(2, 8, 0.3, 0.3));
    setWeight(layer, 'value_kernel', fill(4, 8, 0.4, 0.3));
    if (relation === PAIR) setWeight(layer, 'position_kernel', fill(2, 2, 0.5));
    setWeight(layer, 'map1_kernel', first);
    setWeight(layer, 'map2_kernel', second);
    const planes = tensor(
      Float32Array.from({ length: 200 }, (_, t) => Math.sin(0.7 * t + 0.1)),
      [1, 8, 5, 5],
    );
    const y = valuesOf(transpose(call(layer, transpose(planes, [0, 2, 3, 1])), [0, 3, 1, 2]));
    const sum = y.reduce((total, value) => total + value, 0);
    const squares = y.reduce((total, value) => total + value ** 2, 0);
    expectClose([sum, squares, y[0], y[y.length - 1]], golden, 2e-6);
  });

  it.each([
    ['pairwise', PAIR],
    ['patchwise', PATCH],
  ])('is what the article says, place by place: %s', (_, relation) => {
    const [height, width, channels] = [4, 3, 5];
    const layer = make({ ...relation, filters: 6, share: 3 }, [height, width, channels]);
    const x = uniformTensor([1, height, width, channels], 1);
    expectClose(valuesOf(call(layer, x)), byDefinition(layer, relation === PAIR, x), 1e-5);
  });

  it('softmax weighs the places of a footprint: a constant value comes back (pairwise)', () => {
    const layer = make(PAIR, [4, 4, 3]);
    setWeight(layer, 'value_kernel', new Float32Array(12));
    setWeight(layer, 'value_bias', [1, -2, 3, -4]);
    const y = valuesOf(call(layer, uniformTensor([2, 4, 4, 3], 2)));
    expectClose(
      y,
      y.map((_, i) => [1, -2, 3, -4][i % 4]),
    );
  });

  describe.each(RELATIONS.map((relation) => [titleOf(relation), relation] as const))('%s', (_, relation) => {
    it.each<MappingName>(['L', 'LRL', 'LRLRL'])('has the gradients of what it computes: %s', (mapping) => {
      const shape = [1, 4, 4, 2];
      const layer = make({ ...relation, mapping }, shape.slice(1), 1);
      awayFromKinks(layer);
      // About 1 or −1.
      const values = uniform(shape, 7).map((value) => Math.sign(value) + value / 16);
      const x = variable(tensor(values, shape));
      const weights = weightsOf(layer);
      const variables: Record<string, Variable> = { x };
      for (const name of trainableNames(layer))
        if (!isWithoutGradient(name, relation)) variables[name] = weights[name];
      // Behind several maps gradients are small beside the rounding of the differences.
      expectGradients(() => call(layer, x), variables, { directions: 2, tolerance: 0.05 });
      x.dispose();
    });

    it('costs what it does', () => {
      for (const given of [{}, { mapping: 'L' }, { mapping: 'LRLRL', stride: 2 }, { kernelSize: 5 }])
        expectCost(make({ ...relation, ...given }, [4, 3, 5]), [[4, 3, 5]]);
    });

    it('comes back from its config', () => {
      expectSameFromConfig(make({ ...relation, stride: 2 }, [4, 3, 5]), [[4, 3, 5]]);
    });
  });

  it('has exactly the gradients of what it computes where ReLU is smooth, through batch norm', () => {
    const shape = [3, 4, 4];
    const layer = make(PATCH, shape);
    for (const [name, { size }] of Object.entries(weightsOf(layer))) {
      if (name.endsWith('gamma')) setWeight(layer, name, new Float32Array(size).fill(0.25));
      if (name.endsWith('beta'))
        setWeight(
          layer,
          name,
          Float32Array.from({ length: size }, (_, i) => (i % 3 === 1 ? -2 : 2)),
        );
    }
    expectLayerGradients(layer, [shape], { training: false, tolerance: 0.01 });
    // In training the next batch norm takes away what is the same at all places.
    const without = ['query_bias', 'key_bias', 'map1_beta'];
    expectLayerGradients(layer, [shape], { training: true, without, tolerance: 0.01 });
  });

  it('averages at a stride', () => {
    const x = uniformTensor([1, 4, 4, 3], 2);
    const whole = valuesOf(call(make(PATCH, [4, 4, 3]), x));
    const layer = make({ ...PATCH, stride: 2 }, [4, 4, 3]);
    expect(layer.inferShape([[null, 5, 4, 3]])).toEqual([null, 3, 2, 4]);
    const mean = byHand([1, 2, 2, 4], (_, i, j, c) => {
      const at = (y: number, z: number): number => whole[((2 * i + y) * 4 + 2 * j + z) * 4 + c];
      return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
    });
    expectClose(valuesOf(call(layer, x)), mean);
  });

  it('has the weights it names', () => {
    const names = (relation: Relation) => trainableNames(make(relation, [4, 4, 3]));
    const features = ['query', 'key', 'value'].flatMap((name) => [`${name}_kernel`, `${name}_bias`]);
    const first = ['map1_gamma', 'map1_beta', 'map1_kernel'];
    const second = ['map2_gamma', 'map2_beta', 'map2_kernel', 'map_bias'];
    expect(names(PATCH)).toEqual([...features, ...first, ...second]);
    expect(names(PAIR)).toEqual([...features, 'position_kernel', 'position_bias', ...first, ...second]);
  });

  it.each<[object, string, string]>([
    [{ share: 3 }, 'share must divide the channels: 3 into 4', 'share 1, 2, 4'],
    [{ kernelSize: 4 }, 'kernelSize must be odd, not 4', '5 or 3'],
  ])('refuses %o', (given, what, hint) => {
    expect(refusalOf(() => new SelfAttentionModule(options({ ...PAIR, ...given })))).toEqual({
      code: 'E_LAYER_OPTIONS',
      exitCode: 2,
      problems: [{ what: `layer sam: ${what}`, where: 'model', try: hint }],
    });
  });

  it('refuses a map that cannot be reflected', () => {
    const layer = new SelfAttentionModule(options({ ...PATCH, kernelSize: 7 }));
    expect(layer.inferShape([[null, 4, 4, 3]])).toEqual([null, 4, 4, 4]);
    expect(refusalOf(() => layer.inferShape([[null, 4, 3, 3]])).problems).toEqual([
      {
        what: 'layer sam: a footprint of 7×7 needs a map of 4×4 or more to reflect, not 4×3',
        where: 'model',
        try: 'a kernelSize of at most 5 here, a larger data.inputSize, or fewer poolings',
      },
    ]);
  });
});

/**
 * Weights that leave no feature of pixels of about ±1 near a kink of ReLU: keys are the pixels, queries half of
 * them, so that sums, differences and products are about multiples of ½, positions multiples of ⅔, all a quarter
 * off zero by the first batch norm. The ReLUs after that are open but for every third.
 */
function awayFromKinks(layer: SelfAttentionModule): void {
  for (const [name, { size }] of Object.entries(weightsOf(layer))) {
    const identity = [1, 0, 0, 1];
    if (name === 'key_kernel' || name === 'position_kernel') setWeight(layer, name, identity);
    if (name === 'query_kernel')
      setWeight(
        layer,
        name,
        identity.map((value) => value / 2),
      );
    if (/^(query|key|position)_bias$/.test(name)) setWeight(layer, name, new Float32Array(size));
    if (name === 'map1_beta') setWeight(layer, name, new Float32Array(size).fill(0.25));
    if (/^map[23]_beta$/.test(name)) {
      const open = Float32Array.from({ length: size }, (_, i) => (i % 3 === 1 ? -3 : 3));
      setWeight(layer, name, open);
    }
  }
}

/**
 * The offset of two places has no bias; what all keys of a place have in common, a softmax takes away: side by side
 * with the keys, and open ReLUs behind, the query too.
 */
function isWithoutGradient(name: string, { type, relation }: Relation): boolean {
  if (type !== 'pairwise') return false;
  const isCommon = relation === 'concatenation' && name.startsWith('query');
  return isCommon || /^(position_bias|map_bias|map[23]_beta)$/.test(name);
}

/** Sections 3.1 and 3.2 with subtraction and concatenation, K = 3, G = 2, in inference at fresh statistics. */
function byDefinition(layer: SelfAttentionModule, isPairwise: boolean, x: Tensor): number[] {
  const [, height, width, channels] = x.shape as [number, number, number, number];
  const weights = weightsOf(layer);
  const pixels = valuesOf(x);
  const linear = (input: readonly number[], name: string, biasName?: string): number[] => {
    const kernel = valuesOf(weights[name]);
    const outputs = kernel.length / input.length;
    const bias = biasName === undefined ? undefined : valuesOf(weights[biasName]);
    return Array.from({ length: outputs }, (_, o) =>
      input.reduce((sum, value, i) => sum + value * kernel[i * outputs + o], bias?.[o] ?? 0),
    );
  };
  const pixel = (y: number, z: number): number[] =>
    pixels.slice((y * width + z) * channels, (y * width + z + 1) * channels);
  const reflect = (i: number, length: number): number => {
    const inside = Math.abs(i);
    return inside < length ? inside : 2 * (length - 1) - inside;
  };
  const feature = (name: string, y: number, z: number): number[] =>
    linear(pixel(y, z), `${name}_kernel`, `${name}_bias`);
  const position = (y: number, z: number): number[] =>
    linear([(2 * z) / (width - 1) - 1, (2 * y) / (height - 1) - 1], 'position_kernel', 'position_bias');
  const rectified = (values: readonly number[]): number[] =>
    values.map((value) => Math.max(0, value / Math.sqrt(1 + BASE.batchNorm.epsilon)));
  const gamma = (relation: readonly number[]): number[] =>
    linear(rectified(linear(rectified(relation), 'map1_kernel')), 'map2_kernel', 'map_bias');
  const minus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value - b[i]);

  const result: number[] = [];
  for (let y = 0; y < height; y++)
    for (let z = 0; z < width; z++) {
      const around = Array.from({ length: 9 }, (_, tap): [number, number] => [
        reflect(y + Math.floor(tap / 3) - 1, height),
        reflect(z + (tap % 3) - 1, width),
      ]);
      const query = feature('query', y, z);
      const keys = around.map(([i, j]) => feature('key', i, j));
      let at: (group: number, tap: number) => number;
      if (isPairwise) {
        const scores = around.map(([i, j], tap) =>
          gamma([...minus(query, keys[tap]), ...minus(position(y, z), position(i, j))]).map(Math.exp),
        );
        at = (group, tap) => scores[tap][group] / scores.reduce((sum, each) => sum + each[group], 0);
      } else {
        const all = gamma([...query, ...query.flatMap((_, c) => keys.map((key) => key[c]))]);
        at = (group, tap) => all[group * 9 + tap];
      }
      const values = around.map(([i, j]) => feature('value', i, j));
      for (let c = 0; c < values[0].length; c++)
        result.push(values.reduce((sum, value, tap) => sum + at(c % 2, tap) * value[c], 0));
    }
  return result;
}

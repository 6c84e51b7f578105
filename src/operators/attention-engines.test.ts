import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../engine/engine.js';
import { openReference, uniform } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import { AttentionStem } from './local-attention/stem.js';
import { GlobalSelfAttention } from './global-attention/layer.js';
import { LocalRelation } from './local-relation/layer.js';
import { LocalSelfAttention } from './local-attention/layer.js';
import type { OperatorLayer } from '../layers/operator-layer.js';
import { RelationalInvolution } from './involution/relational.js';
import { buildLayer, trainableNames, weightsOf } from '../layers/testing.js';

const REFERENCE = 'cpu';
const WASM = 'involve-wasm';

beforeAll(async () => {
  await openReference();
  await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
});
afterAll(() => tf.removeBackend(WASM));

type Shape = readonly [number, number, number];

/** Output and gradients of Σ w·y to the input and to all weights. */
async function compute(backend: string, layer: OperatorLayer, shape: Shape) {
  await tf.setBackend(backend);
  buildLayer(layer, [shape]);
  const batched = [2, ...shape];
  const x = tf.variable(tf.tensor(uniform(batched, 1), batched));
  const weights = weightsOf(layer);
  const variables = [x, ...trainableNames(layer).map((name) => weights[name])];
  const results = new Map<string, Float32Array>();
  const { grads } = tf.variableGrads(() => {
    const y = layer.apply(x, { training: true }) as tf.Tensor;
    results.set('output', y.dataSync<'float32'>().slice());
    return tf.sum(tf.mul(y, tf.tensor(uniform(y.shape, 2), y.shape)));
  }, variables);
  ['input', ...trainableNames(layer)].forEach((name, i) => {
    results.set(`gradient of ${name}`, grads[variables[i].name].dataSync<'float32'>().slice());
  });
  return results;
}

const name = 'layer';
const CASES: [string, Shape, () => OperatorLayer][] = [
  [
    'attention over the whole map',
    [9, 7, 16],
    () => new GlobalSelfAttention({ name, heads: 4, height: 9, width: 7, stride: 2 }),
  ],
  ['local attention', [9, 7, 16], () => new LocalSelfAttention({ name, heads: 4, kernelSize: 7 })],
  [
    'local attention at stride 2, zeros around it',
    [7, 10, 12],
    () => new LocalSelfAttention({ name, heads: 3, kernelSize: 5, stride: 2, padding: 'zero' }),
  ],
  ...(['squared-difference', 'absolute-difference', 'product'] as const).map(
    (relation): (typeof CASES)[number] => [
      `local relation by ${relation}, a last group that is smaller`,
      [9, 8, 10],
      () => new LocalRelation({ name, channelsPerGroup: 4, kernelSize: 7, relation, stride: 2 }),
    ],
  ),
  [
    'the attention stem',
    [8, 12, 3],
    () => new AttentionStem({ name, filters: 8, heads: 2, mixtures: 4, embedding: 6 }),
  ],
  ...(['query-key', 'query-key-softmax', 'position'] as const).map((generation): (typeof CASES)[number] => [
    `involution by ${generation}`,
    [9, 8, 16],
    () =>
      new RelationalInvolution({ name, generation, groups: 2, reductionRatio: 2, kernelSize: 7, stride: 2 }),
  ]),
];

describe('the wasm engine computes what the reference computes', () => {
  it.each(CASES)('%s', async (_, shape, makeLayer) => {
    const reference = await compute(REFERENCE, makeLayer(), shape);
    const wasm = await compute(WASM, makeLayer(), shape);
    expect([...wasm.keys()]).toEqual([...reference.keys()]);
    for (const [what, expected] of reference) {
      const norm = lengthOf(expected);
      expect(norm, what).toBeGreaterThan(0);
      const error = lengthOf(expected.map((value, i) => value - wasm.get(what)![i]));
      expect(error, `${what}, of norm ${norm}: error`).toBeLessThan(1e-5 * norm);
    }
  });
});

function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}

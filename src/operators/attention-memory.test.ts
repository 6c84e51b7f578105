import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../engine/engine.js';
import { uniform } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import type { WasmBackend } from '../engine/wasm/backend.js';
import { Involution } from './involution/layer.js';
import { LocalRelation } from './local-relation/layer.js';
import { LocalSelfAttention } from './local-attention/layer.js';
import type { OperatorLayer } from '../layers/operator-layer.js';
import { RelationalInvolution } from './involution/relational.js';
import { buildLayer, trainableNames, weightsOf } from '../layers/testing.js';

const WASM = 'involve-wasm';
const [SIDE, CHANNELS, GROUPS] = [16, 64, 2];
const SHAPE = [SIDE, SIDE, CHANNELS] as const;
const MAP_BYTES = 4 * SIDE ** 2 * CHANNELS;
const [SMALL, LARGE] = [3, 9];

beforeAll(async () => {
  await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
  await tf.setBackend(WASM);
});
afterAll(() => tf.removeBackend(WASM));

/** The most bytes that computing an output and all gradients needs at one time, beside what is there before. */
function peakOf(layer: OperatorLayer, compute: (x: tf.Tensor) => tf.Tensor): number {
  const { sharedMemory } = tf.backend() as WasmBackend;
  buildLayer(layer, [SHAPE]);
  const x = tf.variable(tf.tensor(uniform([1, ...SHAPE], 1), [1, ...SHAPE]));
  const weights = weightsOf(layer);
  const variables = [x, ...trainableNames(layer).map((name) => weights[name])];
  const before = sharedMemory.usedBytes;
  sharedMemory.resetPeak();
  const { value, grads } = tf.variableGrads(() => tf.sum(tf.square(compute(x))), variables);
  const peak = sharedMemory.peakBytes - before;
  for (const tensor of [value, ...Object.values(grads), x]) tensor.dispose();
  return peak;
}

/**
 * Whoever lays neighbourhoods out holds the map once for every tap. Weights for each tap, a number a group and place,
 * are C/G times less; a few of them are there at one time.
 */
describe('memory of forward and backward grows with the window by much less than the map for each tap', () => {
  const batchNorm = { momentum: 0.9, epsilon: 1e-5 };
  const shared = { name: 'layer', groups: GROUPS, reductionRatio: 4 };
  it.each<[string, (kernelSize: number) => OperatorLayer]>([
    ['local attention', (kernelSize) => new LocalSelfAttention({ name: 'layer', kernelSize, heads: GROUPS })],
    [
      'local relation',
      (kernelSize) =>
        new LocalRelation({
          name: 'layer',
          kernelSize,
          channelsPerGroup: CHANNELS / GROUPS,
          relation: 'squared-difference',
        }),
    ],
    ['involution', (kernelSize) => new Involution({ ...shared, kernelSize, generator: 'paper', batchNorm })],
    [
      'involution by products of queries and keys',
      (kernelSize) => new RelationalInvolution({ ...shared, kernelSize, generation: 'query-key-softmax' }),
    ],
  ])('%s', (_, make) => {
    const [small, large] = [SMALL, LARGE].map((kernelSize) => {
      const layer = make(kernelSize);
      return peakOf(layer, (x) => layer.apply(x, { training: true }) as tf.Tensor);
    });
    expect(small).toBeGreaterThan(MAP_BYTES);
    expect(large).toBeGreaterThan(small);
    expect((large - small) / (LARGE ** 2 - SMALL ** 2) / MAP_BYTES).toBeLessThan(0.5);
  });
});

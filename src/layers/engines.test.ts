import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../engine/engine.js';
import { openReference, uniform } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import { Activation } from './activation.js';
import { BatchNorm } from './batch-norm.js';
import { Concatenate } from './concatenate.js';
import { Convolution } from './convolution.js';
import { MaxPooling } from './max-pooling.js';
import type { OperatorLayer } from './operator-layer.js';
import { AveragePooling } from './pooling.js';
import { SegmentedConvolution } from '../operators/depthwise-separable/layer.js';
import { buildLayer, call, type ImageShape } from './testing.js';

const REFERENCE = 'cpu';
const WASM = 'involve-wasm';

beforeAll(async () => {
  await openReference();
  await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
});
afterAll(() => tf.removeBackend(WASM));

interface Case {
  readonly shapes?: readonly ImageShape[];
  /** The values of the inputs; uniform ones by default. */
  readonly values?: (shape: readonly number[], salt: number) => Float32Array;
  readonly tolerance?: number;
}

/** Output of a layer in training, and the gradients of its weighted sum to inputs and weights. */
async function compute(backend: string, layer: OperatorLayer, { shapes, values }: Required<Case>) {
  await tf.setBackend(backend);
  buildLayer(layer, shapes);
  const inputs = shapes.map((shape, i) =>
    tf.variable(tf.tensor(values([2, ...shape], 50 + i), [2, ...shape])),
  );
  const weights = layer.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const given = inputs.length === 1 ? inputs[0] : [...inputs];
  const y = call(layer, given, { training: true });
  const results: [string, tf.Tensor][] = [['output', y]];
  const w = tf.tensor(uniform(y.shape, 77), y.shape);
  const { grads } = tf.variableGrads(
    () => tf.sum(tf.mul(call(layer, given, { training: true }), w)) as tf.Scalar,
    [...inputs, ...weights],
  );
  inputs.forEach((each, i) => results.push([`gradient of input ${i}`, grads[each.name]]));
  weights.forEach((each, i) => results.push([`gradient of weight ${i}`, grads[each.name]]));
  return results.map(([name, tensor]) => [name, tensor.dataSync<'float32'>().slice()] as const);
}

/** The wasm engine gives the reference's numbers, and the same bits each time. */
async function expectSame(
  make: () => OperatorLayer,
  { shapes = [[6, 5, 8]], values = uniform, tolerance = 2e-6 }: Case = {},
): Promise<void> {
  const options = { shapes, values, tolerance };
  const reference = await compute(REFERENCE, make(), options);
  const wasm = await compute(WASM, make(), options);
  expect(await compute(WASM, make(), options)).toEqual(wasm);
  for (const [i, [name, expected]] of reference.entries()) {
    const actual = wasm[i][1];
    const scale = Math.max(1, ...expected.map(Math.abs));
    const worst = expected.reduce((max, value, at) => Math.max(max, Math.abs(value - actual[at])), 0);
    expect(actual.length, name).toBe(expected.length);
    expect(worst / scale, `${name}: largest difference`).toBeLessThanOrEqual(tolerance);
  }
}

describe('the wasm engine computes what the reference computes', () => {
  /** Of three values, so that most windows have several largest ones. */
  const ties = (shape: readonly number[], salt: number): Float32Array =>
    uniform(shape, salt, -1.5, 1.5).map(Math.round);
  const everywhere = (shape: readonly number[]): Float32Array =>
    new Float32Array(shape.reduce((product, length) => product * length, 1)).fill(-1);

  describe.each(['same', 'symmetric', 'valid'] as const)('max pooling, %s', (padding) => {
    const make = (): OperatorLayer => new MaxPooling({ name: 'pool', size: 3, stride: 2, padding });

    it.each([
      ['different values', uniform],
      ['many equal values', ties],
      ['equal values everywhere', everywhere],
    ])('of %s, to the same gradient', async (_, values) => {
      for (const shapes of [[[6, 5, 8]], [[7, 8, 3]]])
        await expectSame(make, { shapes, values, tolerance: 0 });
    });
  });

  type Named = [string, () => OperatorLayer, Case?];
  const cases: Named[] = [
    ['average pooling at the border', () => new AveragePooling({ name: 'pool', size: 3, stride: 1 })],
    ['average pooling at stride 2', () => new AveragePooling({ name: 'pool', size: 3, stride: 2 })],
    ['elu', () => new Activation({ name: 'act', activation: 'elu' })],
    ['relu', () => new Activation({ name: 'act', activation: 'relu' })],
    [
      'branches side by side',
      () => new Concatenate({ name: 'join' }),
      {
        shapes: [
          [4, 3, 5],
          [4, 3, 8],
          [4, 3, 1],
        ],
      },
    ],
    [
      'batch norm without scale',
      () => new BatchNorm({ name: 'bn', activation: 'relu', momentum: 0.9, epsilon: 1e-3, useScale: false }),
      { tolerance: 1e-5 },
    ],
    ...(['symmetric', 'valid'] as const).map((padding): Named => [
      `convolution with ${padding} padding at stride 2`,
      () => new Convolution({ name: 'conv', filters: 7, kernelSize: 3, stride: 2, padding }),
    ]),
    ...[[1, 3] as const, [3, 1] as const, 3].flatMap((kernelSize) =>
      ([1, 3, 'channels'] as const).map((segments): Named => [
        `convolution of ${JSON.stringify(kernelSize)} with segments ${segments}`,
        () => new SegmentedConvolution({ name: 'conv', filters: 8, kernelSize, segments }),
      ]),
    ),
  ];
  it.each(cases)('%s', async (_, make, options) => {
    await expectSame(make, options);
  });
});

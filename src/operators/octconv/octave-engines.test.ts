import { afterAll, beforeAll, expect, it } from 'vitest';
import { callKernel } from '../../engine/kernels/call-kernel.js';
import { SoftmaxCrossEntropy } from '../../engine/kernels/softmax-cross-entropy.js';
import { openEngine } from '../../engine/engine.js';
import { openReference, uniform } from '../../engine/testing.js';
import * as tf from '../../engine/tf.js';
import type { Blueprint } from '../../layers/blueprint.js';
import { designFrom } from '../../models/testing.js';

const SIZE = 12;
const BATCH = 3;

beforeAll(async () => {
  await openReference();
  await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
});
afterAll(() => tf.removeBackend('involve-wasm'));

/** Loss and all gradients of a train step. */
async function compute(backend: string, net: Blueprint): Promise<Map<string, Float32Array>> {
  await tf.setBackend(backend);
  const model = net.build(0, 'small');
  const x = tf.tensor4d(uniform([BATCH, SIZE, SIZE, 3], 1, -2, 2), [BATCH, SIZE, SIZE, 3]);
  const labels = tf.oneHot(tf.tensor1d([1, 4, 7], 'int32'), 10);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(() => {
    const logits = model.apply(x, { training: true, seed: tf.scalar(3, 'int32') }) as tf.Tensor2D;
    const given = { logits, labels: tf.cast(labels, 'float32') as tf.Tensor2D };
    return tf.mean(callKernel(SoftmaxCrossEntropy, given).loss);
  }, variables);
  const results = new Map([['loss', value.dataSync<'float32'>().slice()]]);
  model.trainableWeights.forEach(({ originalName }, i) => {
    results.set(originalName, grads[variables[i].name].dataSync<'float32'>().slice());
  });
  return results;
}

it.each<[string, () => Blueprint]>([
  ['article', () => designFrom({ family: 'octconv-article', width: 8, blocks: 1 }, SIZE)],
  ['wide-resnet', () => designFrom({ family: 'wide-resnet', depth: 10, widen: 1, alpha: 0.5 }, SIZE)],
  [
    'wide-resnet, low map pooled',
    () => designFrom({ family: 'wide-resnet', depth: 10, widen: 1, alpha: 0.5, lowToHigh: 'pooled' }, SIZE),
  ],
  [
    'spatial slot in groups',
    () =>
      designFrom(
        {
          family: 'resnet',
          blocks: [1, 1, 1, 1],
          stem: 'cifar',
          width: 8,
          spatial: { type: 'octconv', alpha: 0.5, groups: 2 },
        },
        SIZE,
      ),
  ],
])('the wasm engine computes what the reference computes: %s', async (_, design) => {
  const reference = await compute('cpu', design());
  const wasm = await compute('involve-wasm', design());
  expect([...wasm.keys()]).toEqual([...reference.keys()]);
  for (const [name, expected] of reference) {
    const actual = wasm.get(name)!;
    const error = Math.hypot(...expected.map((value, i) => value - actual[i]));
    const norm = Math.hypot(...expected);
    expect(error, `${name}, of norm ${norm}: error`).toBeLessThan(1e-4 * norm + 2e-6);
  }
});

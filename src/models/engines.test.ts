import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EfficientNetConfig } from '../config/schema.js';
import { openEngine } from '../engine/engine.js';
import { softmaxCrossEntropy } from '../engine/ops.js';
import { openReference, uniform } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import { design, involution, SE } from './testing.js';

const REFERENCE = 'cpu';
const WASM = 'involve-wasm';
const SIZE = 32;
const BATCH = 2;
const RANDOM = { ...involution('paper'), initialization: 'reference' } as const;

beforeAll(async () => {
  await openReference();
  await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
});
afterAll(() => tf.removeBackend(WASM));

/** What a small model computes: logits in inference; loss, all gradients and moving statistics of a train step. */
async function compute(backend: string, options: Partial<EfficientNetConfig>) {
  await tf.setBackend(backend);
  const model = design(options, SIZE).build(0, 'small');
  const x = tf.tensor4d(uniform([BATCH, SIZE, SIZE, 3], 1, -2, 2), [BATCH, SIZE, SIZE, 3]);
  const labels = tf.tensor2d([0.9, 0.02, 0.02, 0.02, 0.02, 0.02, 0, 0, 1, 0, 0, 0], [BATCH, 6]);
  const seed = tf.scalar(3, 'int32');
  const results = new Map<string, Float32Array>();
  const keep = (name: string, tensor: tf.Tensor): void =>
    void results.set(name, tensor.dataSync<'float32'>().slice());
  keep('logits', model.apply(x, { training: false }) as tf.Tensor);
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  const { value, grads } = tf.variableGrads(() => {
    const logits = model.apply(x, { training: true, seed }) as tf.Tensor2D;
    return tf.mean(softmaxCrossEntropy(logits, labels));
  }, variables);
  keep('loss', value);
  model.trainableWeights.forEach(({ originalName }, i) => {
    keep(`gradient of ${originalName}`, grads[variables[i].name]);
  });
  for (const weight of model.nonTrainableWeights) keep(weight.originalName, weight.read());
  return results;
}

describe('the wasm engine computes what the reference computes, on EfficientNets at 32×32, batch 2', () => {
  // From random generators gradients grow two hundredfold on the way back through exp4, errors with them.
  it.each<[string, Partial<EfficientNetConfig>, number]>([
    ['exp4', { attention: RANDOM, removeStages: [6, 7, 8] }, 1e-3],
    ['squeeze-and-excitation', { attention: SE, removeStages: [5, 6, 7, 8] }, 1e-4],
  ])('%s', async (_, options, tolerance) => {
    const reference = await compute(REFERENCE, options);
    const wasm = await compute(WASM, options);
    expect([...wasm.keys()]).toEqual([...reference.keys()]);
    expect(reference.size).toBeGreaterThan(50);
    for (const [name, expected] of reference) {
      const norm = lengthOf(expected);
      const actual = wasm.get(name)!;
      const error = lengthOf(expected.map((value, i) => value - actual[i]));
      // Some are zero but for rounding: an offset that the next batch norm takes away.
      expect(error, `${name}, of norm ${norm}: error`).toBeLessThan(tolerance * norm + 2e-6);
    }
  });
});

function lengthOf(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngine } from '../engine/engine.js';
import { openReference } from '../engine/testing.js';
import { getBackend, removeBackend } from '../engine/tf.js';
import { taskOfCount } from '../tasks/task-of.js';
import { createOptimizer } from '../train/optimizer.js';
import { parametersOf } from '../train/parameters.js';
import { createStepRunner } from '../train/step-runner.js';
import type { OptimizerConfig } from '../train/optimizer-options.js';
import { designFrom, type ModelInput } from '../models/testing.js';
import { planTrainingMemory } from './training-memory.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
beforeAll(async () => {
  engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 1 });
  engine.use();
});
afterAll(() => removeBackend('involve-wasm'));

const ADAMW: Extract<OptimizerConfig, { beta1: number }> = {
  ...{ name: 'adamw', learningRate: 1e-3, weightDecay: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
  decayNormAndBias: false,
};
const config: ModelInput = { family: 'efficientnet', removeStages: [5, 6, 7, 8] };
const size = {
  task: taskOfCount(10),
  inputSize: 64,
};
const plan = (batch: number) =>
  planTrainingMemory(engine, designFrom(config, 64), { optimizer: ADAMW, ema: null }, { ...size, batch })!;

it('plans what training then uses', async () => {
  const predicted = plan(16);
  const model = designFrom(config, 64).build(0, 'trained');
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(ADAMW, parameters);
  const runner = createStepRunner(engine, {
    model,
    parameters,
    optimizer,
    ema: undefined,
    clipNorm: null,
    ...size,
  });
  await runner.run({
    ...{ count: 16, learningRate: 1e-3, seed: 1 },
    images: new Float32Array(16 * 64 * 64 * 3).fill(0.5),
    targets: new Float32Array(160).fill(0.1),
  });
  const { peakBytes } = engine.memory();
  const { stepBytes, stateBytes } = predicted;
  expect(peakBytes! / (stepBytes + stateBytes)).toBeGreaterThan(0.9);
  expect(peakBytes! / (stepBytes + stateBytes)).toBeLessThan(1.1);
  runner.dispose();
});

it('plans on an engine that is not in use, and leaves the other one in use', async () => {
  const inUse = plan(4);
  await openReference();
  expect(plan(4)).toEqual(inUse);
  expect(getBackend()).toBe('cpu');
  engine.use();
});

it('grows with the batch, and says which one fits', () => {
  const [one, two] = [plan(16), plan(32)];
  expect(two.stepBytes / one.stepBytes).toBeGreaterThan(1.8);
  expect(two.stepBytes / one.stepBytes).toBeLessThan(2.05);
  expect([one.largestBatch, one.recomputes]).toEqual([16, false]);
  const huge = plan(16384);
  expect(huge.recomputes).toBe(true);
  expect(huge.largestBatch).toBeGreaterThan(256);
  const fitting = plan(huge.largestBatch);
  expect(fitting.largestBatch).toBe(huge.largestBatch);
});

import { afterAll, beforeAll, expect, it } from 'vitest';
import { openEngine } from '../engine/engine.js';
import { openReference } from '../engine/testing.js';
import { backend, getBackend, removeBackend } from '../engine/tf.js';
import type { WasmBackend } from '../engine/wasm/backend.js';
import { model as modelSchema } from '../models/options.js';
import { designWithHead } from '../tasks/design.js';
import { taskOfCount } from '../tasks/task-of.js';
import { createOptimizer } from '../train/optimizer.js';
import { layerTraining, prepareLayers } from '../train/layer-training.js';
import { learnersOf, parametersOf, statisticsOf } from '../train/parameters.js';
import { start, type StartConfig } from '../train/start-options.js';
import { createStepRunner } from '../train/step/runner.js';
import { optimizer, optimizerNames } from '../train/optimizer-options.js';
import { designFrom, type ModelInput } from '../models/testing.js';
import { bytesOfState, planTrainingMemory, type MemoryConfig } from './training-memory.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
beforeAll(async () => {
  engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 1 });
  engine.use();
});
afterAll(() => removeBackend('involve-wasm'));

const ADAMW = optimizer.parse({ name: 'adamw' });
const config: ModelInput = { family: 'efficientnet', removeStages: [5, 6, 7, 8] };
const size = {
  task: taskOfCount(10),
  inputSize: 64,
};
const MOVING = {
  ...{ optimizer: ADAMW, ema: null },
  ...{ batchNormStatistics: 'moving', batchNormImages: 1000, batchNormBatch: 200 },
} as const satisfies MemoryConfig;
const plan = (batch: number, train: MemoryConfig = MOVING) =>
  planTrainingMemory(engine, designFrom(config, 64), train, { ...size, batch })!;

const designOf = () => designWithHead(size.task, modelSchema.parse(config), size.inputSize);
const starting = Object.fromEntries(
  Object.entries(start).map(([key, schema]) => [key, schema.parse(undefined)]),
) as unknown as StartConfig;
/** How the layers take part where all up to a stage are frozen. */
const frozenUpTo = (freeze: string | null) => layerTraining(designOf(), { ...starting, freeze });
const planFrozen = (freeze: string | null, batch: number) => {
  const { net } = designOf();
  return planTrainingMemory(engine, net, MOVING, { ...size, batch, layers: frozenUpTo(freeze) })!;
};

it.each([null, 'stage3', 'features'])('plans what training then uses, frozen: %s', async (freeze) => {
  const predicted = planFrozen(freeze, 16);
  const { sharedMemory } = backend() as WasmBackend;
  sharedMemory.resetPeak();
  const idleBytes = sharedMemory.usedBytes;
  const model = designOf().net.build(0, `trained-${freeze}`);
  prepareLayers(model, frozenUpTo(freeze));
  const parameters = learnersOf(model);
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
  const usedBytes = sharedMemory.peakBytes - idleBytes;
  const { stepBytes, stateBytes } = predicted;
  expect(usedBytes / (stepBytes + stateBytes)).toBeGreaterThan(0.9);
  expect(usedBytes / (stepBytes + stateBytes)).toBeLessThan(1.1);
  runner.dispose();
  optimizer.dispose();
  model.dispose();
});

it('needs neither gradients nor slots of what is frozen, nor what comes before the first layer that learns', () => {
  const [all, some, head] = [null, 'stage3', 'features'].map((freeze) => planFrozen(freeze, 16));
  expect(planFrozen(null, 16)).toEqual(plan(16));
  expect(some.stepBytes / all.stepBytes).toBeLessThan(0.6);
  expect(head.stepBytes / some.stepBytes).toBeLessThan(0.8);
  const model = designOf().net.build(0, 'counted-frozen');
  prepareLayers(model, frozenUpTo('features'));
  const bytes = (of: readonly { readonly variable: { readonly size: number } }[]): number =>
    of.reduce((sum, { variable }) => sum + 4 * variable.size, 0);
  // AdamW has two moments, of what learns alone.
  const state = bytes([...parametersOf(model), ...statisticsOf(model)]) + 2 * bytes(learnersOf(model));
  expect(Math.abs(head.stateBytes - state)).toBeLessThanOrEqual(8);
  model.dispose();
});

it('counts the batches that statistics are measured on, where they need more than a step', () => {
  const recomputed = (batchNormBatch: number) =>
    plan(4, { ...MOVING, batchNormStatistics: 'recomputed', batchNormBatch }).bytes;
  expect(recomputed(4)).toBe(plan(4).bytes);
  // Forward alone: less than a step with as many images.
  expect(recomputed(100)).toBeLessThan(plan(100).bytes);
  expect(recomputed(500) - recomputed(250)).toBeGreaterThan(2e7);
  // 1000 images in batches of at most 900 are two of 500.
  expect(recomputed(900)).toBe(recomputed(500));
});

it('plans on an engine that is not in use, and leaves the other one in use', async () => {
  const inUse = plan(4);
  await openReference();
  expect(plan(4)).toEqual(inUse);
  expect(getBackend()).toBe('cpu');
  engine.use();
});

it.each(optimizerNames)('counts what %s remembers', (name) => {
  const net = designFrom(config, 64);
  const chosen = optimizer.parse({ name });
  const model = net.build(0, `counted-${name}`);
  const parameters = parametersOf(model);
  const made = createOptimizer(chosen, parameters);
  const state = [...parameters, ...statisticsOf(model), ...made.slots];
  const bytes = state.reduce((sum, { variable }) => sum + 4 * variable.size, 0);
  const counted = bytesOfState(model, { optimizer: chosen, ema: null });
  expect(counted).toBe(bytes);
  const sums = parameters.reduce((sum, { variable }) => sum + 4 * variable.size, 0);
  expect(bytesOfState(model, { optimizer: chosen, ema: null, accumulate: 2 }) - counted).toBe(sums);
  made.dispose();
  model.dispose();
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

it('tells what a batch would need that no engine can hold, by one with fewer images', () => {
  const [fits, huge] = [plan(16), plan(1_000_000_000)];
  const perImage = huge.stepBytes / 1e9 / (fits.stepBytes / 16);
  expect(perImage).toBeGreaterThan(0.4);
  expect(perImage).toBeLessThan(1.1);
  expect(huge.largestBatch).toBeGreaterThan(256);
  expect(huge.largestBatch).toBeLessThan(100_000);
});

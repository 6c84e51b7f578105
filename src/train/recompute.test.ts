import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadExperiment } from '../config/load.js';
import { openEngine, type Engine, type StepEngine } from '../engine/engine.js';
import type { ProgramPlan } from '../engine/program/program.js';
import { backend, removeBackend } from '../engine/tf.js';
import type { WasmBackend } from '../engine/wasm/backend.js';
import { openTestBackend } from '../engine/wasm/testing.js';
import { designModel } from '../tasks/classification/head.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf } from './parameters.js';
import { createStepRunner } from './step/runner.js';
import { ADAMW, CLASSES, tinyTask } from './testing.js';

const SIZE = 32;
const COUNT = 8;
const exp3 = fileURLToPath(new URL('../../configs/exp3.json', import.meta.url));

let engine: Engine;
beforeAll(async () => {
  openTestBackend({ threads: 2, maximumBytes: 256 * 1048576 });
  engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
  engine.use();
});
afterAll(() => removeBackend('involve-wasm'));

/** @param room bytes that are left when the step is recorded; all there are by default */
async function twoSteps(room?: number): Promise<{ state: string; program: ProgramPlan }> {
  const wasm = backend() as WasmBackend;
  const model = designModel(loadExperiment(exp3).experiment.model, SIZE, CLASSES).build(0, 'model');
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(ADAMW, parameters);
  const parts = { model, parameters, optimizer, ema: undefined, clipNorm: 1, inputSize: SIZE };
  let program: ProgramPlan | undefined;
  const watched: StepEngine = {
    mode: engine.mode,
    record: (spec) => {
      const recorded = engine.record(spec);
      program = recorded.plan;
      return recorded;
    },
  };
  const runner = createStepRunner(watched, { ...parts, task: tinyTask() });
  const { sharedMemory } = wasm;
  const taken = room === undefined ? undefined : sharedMemory.allocate(sharedMemory.availableBytes - room);
  const images = Float32Array.from({ length: COUNT * SIZE * SIZE * 3 }, (_, i) => Math.sin(i * 0.7));
  const targets = Float32Array.from({ length: COUNT * CLASSES }, (_, i) => Number(i % 4 === 0));
  for (const seed of [1, 2]) await runner.run({ count: COUNT, images, targets, learningRate: 0.01, seed });
  const state = [...parameters, ...optimizer.slots]
    .map(({ variable }) => Buffer.from(variable.dataSync<'float32'>().buffer).toString('hex'))
    .join();
  if (taken !== undefined) sharedMemory.free(taken);
  runner.dispose();
  optimizer.dispose();
  model.dispose();
  return { state, program: program! };
}

it('a step that does not fit computes activations twice, to the same bits', async () => {
  const first = await twoSteps();
  expect(first.program.recomputes).toBe(false);
  const second = await twoSteps(0.85 * first.program.plannedBytes);
  expect(second.program.recomputes).toBe(true);
  expect(second.program.plannedBytes / first.program.plannedBytes).toBeLessThan(0.8);
  expect(second.program.calls).toBeGreaterThan(first.program.calls);
  expect(second.state === first.state).toBe(true);
});

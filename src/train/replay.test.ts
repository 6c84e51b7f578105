import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../config/load.js';
import { openEngine, type Engine } from '../engine/engine.js';
import type { ExecutionMode } from '../engine/program/program.js';
import { backend, memory, removeBackend } from '../engine/tf.js';
import type { WasmBackend } from '../engine/wasm/backend.js';
import { designModel } from '../tasks/classification/head.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf } from './parameters.js';
import { itRecords, itReplays, trained, values } from './replay.testing.js';
import { createStepRunner } from './step/runner.js';
import { ADAMW, CLASSES, tinyModel, tinyTask } from './testing.js';

const exp3 = fileURLToPath(new URL('../../configs/exp3.json', import.meta.url));

async function open(mode: ExecutionMode): Promise<Engine> {
  const opened = await openEngine({ name: 'wasm', device: 'cpu', threads: 2, mode });
  opened.use();
  return opened;
}

let engine: Engine;
beforeAll(async () => {
  engine = await open('replay');
});
afterAll(() => removeBackend('involve-wasm'));

async function inMode<T>(mode: ExecutionMode, work: (engine: Engine) => T | Promise<T>): Promise<T> {
  const opened = await open(mode);
  expect(opened.mode).toBe(mode);
  return await work(opened);
}

describe('replay', () => {
  itReplays(inMode);

  it('makes no tensor and takes no memory from step to step', async () => {
    const { sharedMemory } = backend() as WasmBackend;
    const { runner } = trained(engine, tinyModel(), { clipNorm: 1 });
    await runner.run(values(4));
    await runner.run(values(3));
    const { usedBytes } = sharedMemory;
    const { numTensors, numDataBuffers, numBytes } = memory();
    for (let step = 0; step < 5; step++) {
      await runner.run(values(4 - (step % 2), step));
      expect(sharedMemory.usedBytes).toBe(usedBytes);
      expect(memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
    }
    runner.dispose();
  });

  it('needs about half the memory of eager execution', async () => {
    const { sharedMemory } = backend() as WasmBackend;
    const peak = async (engineInMode: Engine): Promise<number> => {
      const size = 32;
      const model = designModel(loadExperiment(exp3).experiment.model, size, CLASSES).build(0, 'peak');
      const parameters = parametersOf(model);
      const optimizer = createOptimizer(ADAMW, parameters);
      const parts = { model, parameters, optimizer, ema: undefined, clipNorm: null };
      const runner = createStepRunner(engineInMode, { ...parts, task: tinyTask(), inputSize: size });
      const before = sharedMemory.usedBytes;
      sharedMemory.resetPeak();
      const images = new Float32Array(8 * size * size * 3).fill(0.5);
      const targets = new Float32Array(8 * CLASSES).fill(1 / CLASSES);
      await runner.run({ count: 8, images, targets, learningRate: 0.001, seed: 1 });
      const most = sharedMemory.peakBytes - before;
      runner.dispose();
      optimizer.dispose();
      model.dispose();
      return most;
    };
    const eager = await inMode('eager', peak);
    const replayed = await inMode('replay', peak);
    expect(replayed / eager).toBeLessThan(0.6);
  });
});

describe('recording', () => {
  itRecords(() => engine, {
    otherConstant: /E_NOT_REPLAYABLE: .*constant .*mulValue/,
    otherCalls: /E_NOT_REPLAYABLE: .*(calls|call)/,
    looks: /E_NOT_REPLAYABLE: .*reads the values/,
  });
});

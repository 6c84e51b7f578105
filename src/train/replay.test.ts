import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadExperiment } from '../config/load.js';
import { openEngine } from '../engine/engine.js';
import { canReplay, type ExecutionMode } from '../engine/record.js';
import { backend, memory, removeBackend } from '../engine/tf.js';
import type { WasmBackend } from '../engine/wasm/backend.js';
import { designModel } from '../tasks/classification/head.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf } from './parameters.js';
import { itRecords, itReplays, trained, values } from './replay.testing.js';
import { createStepRunner } from './step-runner.js';
import { ADAMW, CLASSES, tinyModel, tinyTask } from './testing.js';

const exp3 = fileURLToPath(new URL('../../configs/exp3.json', import.meta.url));

const open = (mode: ExecutionMode) => openEngine({ name: 'wasm', device: 'cpu', threads: 2, mode });

beforeAll(() => open('replay'));
afterAll(() => removeBackend('involve-wasm'));

async function inMode<T>(mode: ExecutionMode, work: () => T | Promise<T>): Promise<T> {
  await open(mode);
  expect(canReplay()).toBe(mode === 'replay');
  try {
    return await work();
  } finally {
    await open('replay');
  }
}

describe('replay', () => {
  itReplays(inMode);

  it('makes no tensor and takes no memory from step to step', async () => {
    const { sharedMemory } = backend() as WasmBackend;
    const { runner } = trained(tinyModel(), { clipNorm: 1 });
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
    const peak = async (): Promise<number> => {
      const size = 32;
      const model = designModel(loadExperiment(exp3).experiment.model, size, CLASSES).build(0, 'peak');
      const parameters = parametersOf(model);
      const optimizer = createOptimizer(ADAMW, parameters);
      const parts = { model, parameters, optimizer, ema: undefined, clipNorm: null };
      const runner = createStepRunner({ ...parts, task: tinyTask(), inputSize: size });
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
  itRecords({
    otherConstant: /E_NOT_REPLAYABLE: .*constant .*mulValue/,
    otherCalls: /E_NOT_REPLAYABLE: .*(calls|call)/,
    looks: /E_NOT_REPLAYABLE: .*reads the values/,
  });
});

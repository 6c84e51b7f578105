import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileURLToPath } from 'node:url';
import { loadExperiment } from '../config/load.js';
import type { TrainConfig } from '../config/schema.js';
import { openEngine } from '../engine/engine.js';
import { canReplay, recordProgram, type ExecutionMode } from '../engine/record.js';
import {
  backend,
  memory,
  mul,
  removeBackend,
  scalar,
  tensor,
  tidy,
  type LayersModel,
  type Tensor,
} from '../engine/tf.js';
import type { WasmBackend } from '../engine/wasm/backend.js';
import { designModel } from '../models/registry.js';
import { InvolveError } from '../util/errors.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { createPredictor } from './predictor.js';
import { createStepRunner, type StepValues } from './step-runner.js';
import {
  ADAMW,
  bitsOf,
  CLASSES,
  eventsOf,
  lastState,
  RMSPROP,
  rowsOf,
  runTiny,
  SGD,
  SIZE,
  tinyModel,
} from './testing.js';

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

const values = (count: number, step = 0): StepValues => ({
  count,
  images: Float32Array.from({ length: count * SIZE * SIZE * 3 }, (_, i) => Math.sin(i * 0.7 + step)),
  labels: Float32Array.from({ length: count * CLASSES }, (_, i) => Number(i % CLASSES === (i + step) % 2)),
  ...{ learningRate: 0.01 / (step + 1), seed: 17 + step },
});

function runnerOf(model: LayersModel, clipNorm: number | null = null) {
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(ADAMW, parameters);
  const parts = { model, parameters, optimizer, ema: undefined, clipNorm };
  const runner = createStepRunner({ ...parts, inputSize: SIZE, classes: CLASSES });
  const state = (): string =>
    [...parameters, ...optimizer.slots]
      .map(({ variable }) => Buffer.from(variable.dataSync<'float32'>().buffer).toString('hex'))
      .join();
  return { runner, state, parameters };
}

describe('replay', () => {
  const variants: Record<string, Partial<TrainConfig>> = {
    adamw: { optimizer: ADAMW },
    'adam with the average of the weights': { optimizer: { ...ADAMW, name: 'adam' }, ema: 0.9 },
    sgd: { optimizer: SGD, ema: 0.5 },
    'sgd without clipping': { optimizer: { ...SGD, nesterov: false }, clipNorm: null },
    rmsprop: { optimizer: RMSPROP, clipNorm: 0.1 },
  };
  it.each(Object.keys(variants))('gives the bits of eager execution: %s', async (name) => {
    // 3 steps an epoch, the last of 2 images: dropout, moving statistics and validation on the way.
    const config = variants[name];
    const eager = await inMode('eager', () => runTiny({ config }));
    const replayed = await inMode('replay', () => runTiny({ config }));
    expect(bitsOf(lastState(replayed.events))).toEqual(bitsOf(lastState(eager.events)));
    expect(rowsOf(replayed.events)).toEqual(rowsOf(eager.events));
    expect(eventsOf(replayed.events, 'step')).toHaveLength(12);
  });

  it('leaves parameters and slots as they were when a loss is not finite', async () => {
    const model = tinyModel();
    const { runner, state, parameters } = runnerOf(model);
    await runner.run(values(3));
    parameters.find(({ name }) => name === 'logits/bias')!.variable.assign(tensor([1, NaN, 2]));
    const before = state();
    expect([...(await runner.run(values(3))).losses].every(Number.isNaN)).toBe(true);
    expect(state()).toBe(before);
    runner.dispose();
  });

  it('writes over no tensor that shares the values of a variable', async () => {
    const model = tinyModel();
    const { runner, parameters } = runnerOf(model);
    const first = parameters[0].variable.clone();
    const before = first.dataSync().slice();
    await runner.run(values(3));
    const second = parameters[0].variable.clone();
    const after = second.dataSync().slice();
    expect(after).not.toEqual(before);
    await runner.run(values(3));
    expect([...first.dataSync()]).toEqual([...before]);
    expect([...second.dataSync()]).toEqual([...after]);
    runner.dispose();
  });

  it('follows variables that were assigned in between', async () => {
    const stateAfter = async (): Promise<string> => {
      const model = tinyModel();
      const { runner, state, parameters } = runnerOf(model, 0.5);
      await runner.run(values(4));
      for (const { variable } of parameters) tidy(() => variable.assign(mul(variable, scalar(0.5))));
      await runner.run(values(4, 1));
      for (const { variable } of statisticsOf(model)) tidy(() => variable.assign(mul(variable, scalar(0.9))));
      await runner.run(values(2, 2));
      const predictor = createPredictor(model);
      const logits = await predictor.logits(values(5).images, 5, SIZE);
      predictor.dispose();
      runner.dispose();
      return state() + [...logits].join();
    };
    expect(await inMode('replay', stateAfter)).toBe(await inMode('eager', stateAfter));
  });

  it('makes no tensor and takes no memory from step to step', async () => {
    const { sharedMemory } = backend() as WasmBackend;
    const { runner } = runnerOf(tinyModel(), 1);
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
      const runner = createStepRunner({ ...parts, inputSize: size, classes: CLASSES });
      const before = sharedMemory.usedBytes;
      sharedMemory.resetPeak();
      const images = new Float32Array(8 * size * size * 3).fill(0.5);
      const labels = new Float32Array(8 * CLASSES).fill(1 / CLASSES);
      await runner.run({ count: 8, images, labels, learningRate: 0.001, seed: 1 });
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
  const input = { x: { shape: [2, 3], dtype: 'float32' } } as const;
  const codeOf = (phase: (x: Tensor) => Tensor): string => {
    try {
      recordProgram({ batch: 2, inputs: input, phases: [({ x }) => ({ y: phase(x) })] }).dispose();
    } catch (error) {
      if (error instanceof InvolveError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'recorded';
  };

  it('refuses what is not the same every time, and names the first difference', () => {
    let count = 0;
    expect(codeOf((x) => mul(x, scalar(2)))).toBe('recorded');
    expect(codeOf((x) => mul(x, scalar(count++)))).toMatch(/E_NOT_REPLAYABLE: .*constant .*mulValue/);
    expect(codeOf((x) => (count++ % 2 ? mul(x, x) : x))).toMatch(/E_NOT_REPLAYABLE: .*(calls|call)/);
  });

  it('refuses to look at values', () => {
    expect(codeOf((x) => mul(x, scalar(x.dataSync()[0])))).toMatch(/E_NOT_REPLAYABLE: .*reads the values/);
  });

  it('computes nothing and changes no variable', () => {
    const model = tinyModel();
    const { runner, state } = runnerOf(model);
    const before = state();
    codeOf((x) => {
      for (const { variable } of parametersOf(model)) variable.assign(mul(variable, scalar(0)));
      return x;
    });
    expect(state()).toBe(before);
    runner.dispose();
  });
});

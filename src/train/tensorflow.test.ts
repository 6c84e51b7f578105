import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type StepEngine } from '../engine/engine.js';
import type { ExecutionMode } from '../engine/program/program.js';
import type { TensorflowBackend } from '../engine/tensorflow/backend.js';
import { registerTensorflowKernels } from '../engine/tensorflow/kernels/register.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../engine/tensorflow/testing.js';
import { expectClose, openReference } from '../engine/testing.js';
import { backend, memory } from '../engine/tf.js';
import type { Blueprint } from '../layers/blueprint.js';
import { design, designFrom, involution, SE, type ModelInput } from '../models/testing.js';
import { expectExactResume } from './exact-resume.testing.js';
import { parametersOf } from './parameters.js';
import { expectGuardedState, itRecords, itReplays, trained, values } from './replay.testing.js';
import { planGradients } from './step/runner.js';
import { lastState, rowsOf, runTiny, tinyModel, tinyTask } from './testing.js';

async function inMode<T>(mode: ExecutionMode, work: (engine: StepEngine) => T | Promise<T>): Promise<T> {
  const opened = await openTestTensorflow(mode);
  expect(opened.mode).toBe(mode);
  return await work(opened);
}

/** With so little memory that operations are held to their order. */
async function inOrder<T>(work: () => T | Promise<T>): Promise<T> {
  const current = backend() as unknown as TensorflowBackend;
  const { footprint } = current;
  current.footprint = { ...footprint, limitBytes: 0 };
  try {
    return await work();
  } finally {
    current.footprint = footprint;
  }
}

describe.skipIf(NO_TENSORFLOW)(`training on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`, () => {
  let engine: StepEngine;
  // The first time our own operations may have to be compiled.
  beforeAll(async () => void (engine = await openTestTensorflow('replay')));
  afterEach(async () => void (await openTestTensorflow('replay')));

  itReplays(inMode);

  const small = (config: ModelInput) => () => designFrom(config, 16, 3);
  const blocks = [1, 1, 1, 1];
  const axial = {
    family: 'axial-resnet',
    blocks: [1, 1],
    scale: 0.125,
    stem: 'cifar-pool',
    spatial: { type: 'axial-attention', heads: 4, span: 5 },
    zeroInitLast: false,
  } satisfies ModelInput;
  const families: Record<string, () => Blueprint> = {
    'EfficientNet with squeeze-and-excitation': () =>
      design({ attention: SE, removeStages: [6, 7, 8] }, 16, 3),
    'EfficientNet with involution': () =>
      design({ attention: involution('paper'), removeStages: [6, 7, 8] }, 16, 3),
    'Wide ResNet': small({ family: 'wide-resnet', depth: 10, widen: 1 }),
    'Wide ResNet of octaves': small({ family: 'wide-resnet', depth: 10, widen: 1, alpha: 0.5 }),
    'OctConv of the article': small({ family: 'octconv-article', width: 8, blocks: 1 }),
    Xception: small({ family: 'xception', stem: 'cifar', width: 0.06, middleBlocks: 1 }),
    'stand-alone attention': small({ family: 'sasa-resnet', blocks, width: 16, stem: 'cifar' }),
    'axial attention': small(axial),
    'local relation': small({ family: 'lr-net', blocks, width: 16, outputWidth: 32, stem: 'cifar' }),
  };
  const threeSteps = async (on: StepEngine, designed: () => Blueprint) => {
    const { runner, state } = trained(on, designed().build(0, 'small'), { size: 16 });
    const losses: number[] = [];
    for (const step of [0, 1, 2]) {
      const outputs = await runner.run(values(step === 2 ? 2 : 4, step, 16));
      losses.push(...outputs.losses, ...outputs.outputs);
    }
    runner.dispose();
    return { losses, bits: losses.join() + state() };
  };
  it.each(Object.keys(families))('replayed gives the bits of eager execution: %s', async (name) => {
    const eager = await inMode('eager', (on) => threeSteps(on, families[name]));
    const replayed = await inMode('replay', (on) => threeSteps(on, families[name]));
    expect(replayed.bits === eager.bits).toBe(true);
    const ordered = await inMode('replay', (on) => inOrder(() => threeSteps(on, families[name])));
    expect(ordered.bits === eager.bits).toBe(true);
  });

  it('holds operations to their order only where they need too much memory otherwise', async () => {
    const model = families['stand-alone attention']().build(0, 'small');
    const parts = { model, parameters: parametersOf(model), inputSize: 16, task: tinyTask() };
    const { kernels } = await openTestTensorflow('replay');
    registerTensorflowKernels('tensorflow', { ...kernels, customOps: new Set() });
    const planned = () => {
      const program = planGradients(engine, parts, 32);
      program.dispose();
      return program.plan!;
    };
    const [free, ordered] = [planned(), await inOrder(planned)];
    registerTensorflowKernels('tensorflow', kernels);
    expect([free.inOrder, ordered.inOrder]).toEqual([false, true]);
    expect(ordered.leastBytes).toBe(free.leastBytes);
    expect(ordered.plannedBytes / free.plannedBytes).toBeLessThan(0.6);
    expect(ordered.plannedBytes).toBeGreaterThan(ordered.leastBytes);
  });

  it('follows the loss of the reference engine', async () => {
    const config = { ema: 0.9 };
    await openReference();
    const reference = await runTiny({ config });
    const actual = await inMode('replay', (on) => runTiny({ engine: on, config }));
    const curve = ({ events }: typeof actual): number[] =>
      rowsOf(events).flatMap(({ trainLoss, valLoss }) => [trainLoss, valLoss!]);
    expectClose(curve(actual), curve(reference), 1e-4);
    expect(curve(actual)[6]).toBeLessThan(curve(actual)[0]);
  });

  it('repeats itself bit for bit, stopped or not', async () => {
    const config = { ema: 0.9 };
    const straight = await runTiny({ engine, config });
    await expectExactResume(engine, { config }, straight.events);
  });

  it.each([
    ['wasm', 'tensorflow'],
    ['tensorflow', 'wasm'],
  ] as const)('goes on with what %s has begun, on %s', async (before, after) => {
    const config = { ema: 0.9 };
    const open = async (name: 'wasm' | 'tensorflow'): Promise<StepEngine> => {
      if (name === 'tensorflow') return openTestTensorflow('replay');
      const wasm = await openEngine({ name, device: 'cpu', threads: 2 });
      wasm.use();
      return wasm;
    };
    const straight = await runTiny({ engine: await open(after), config });
    const first = await runTiny({
      engine: await open(before),
      config,
      onEvent: (event, stop) => {
        if (event.type === 'step' && event.step === 5) stop.abort();
      },
    });
    const second = await runTiny({
      engine: await open(after),
      config,
      resume: lastState(first.events),
      modelSeed: 99,
    });
    const [actual, expected] = [lastState(second.events).tensors, lastState(straight.events).tensors];
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    for (const [name, { data }] of expected) expectClose(actual.get(name)!.data, data, 2e-3, name);
  });

  it('leaves the state alone in order too when a loss is not finite', () =>
    inMode('replay', (on) => inOrder(() => expectGuardedState(on))));

  it('makes no tensor and takes no memory from step to step', async () => {
    const { binding } = backend() as unknown as TensorflowBackend;
    const { runner } = trained(engine, tinyModel(), { decay: 0.9 });
    for (let step = 0; step < 20; step++) await runner.run(values(4 - (step % 2), step));
    const held = binding.getNumOfTensors();
    const { numTensors, numDataBuffers, numBytes } = memory();
    const before = process.memoryUsage().rss;
    for (let step = 0; step < 400; step++) await runner.run(values(4 - (step % 2), step));
    expect(binding.getNumOfTensors()).toBe(held);
    expect(memory()).toMatchObject({ numTensors, numDataBuffers, numBytes });
    expect(process.memoryUsage().rss - before).toBeLessThan(32e6);
    runner.dispose();
  });

  it('leaves the main thread free while a step runs', async () => {
    const model = design({ attention: SE, removeStages: [5, 6, 7, 8] }, 64, 3).build(0, 'small');
    const { runner } = trained(engine, model, { size: 64 });
    await runner.run(values(16, 0, 64));
    let turns = 0;
    let isDone = false;
    const step = runner.run(values(16, 1, 64)).then(() => (isDone = true));
    while (!isDone) {
      await new Promise(setImmediate);
      turns += 1;
    }
    await step;
    expect(turns).toBeGreaterThan(10);
    runner.dispose();
  });
});

describe.skipIf(NO_TENSORFLOW)('recording on TensorFlow', () => {
  let engine: StepEngine;
  beforeAll(async () => void (engine = await openTestTensorflow('replay')));

  itRecords(() => engine, {
    otherConstant: /E_NOT_REPLAYABLE: .*Mul\(x, constant 1 \[\] 0\).*then Mul\(x, constant 1 \[\] 1\)/,
    otherCalls: /E_NOT_REPLAYABLE: .*operation/,
    looks: /E_NOT_REPLAYABLE: .*looks at the values/,
  });
});

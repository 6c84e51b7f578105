import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TrainConfig } from '../config/schema.js';
import { openEngine } from '../engine/engine.js';
import { canReplay, recordProgram, type ExecutionMode } from '../engine/record.js';
import type { TensorflowBackend } from '../engine/tensorflow/backend.js';
import { registerTensorflowKernels } from '../engine/tensorflow/kernels/register.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../engine/tensorflow/testing.js';
import { expectClose, openReference } from '../engine/testing.js';
import { backend, memory, mul, scalar, tensor, tidy, type LayersModel, type Tensor } from '../engine/tf.js';
import type { Blueprint } from '../models/blueprint.js';
import { design, designFrom, involution, SE, type ModelInput } from '../models/testing.js';
import { InvolveError } from '../util/errors.js';
import { ExponentialMovingAverage } from './ema.js';
import { expectExactResume } from './exact-resume.testing.js';
import { createOptimizer } from './optimizer.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { createPredictor } from './predictor.js';
import { createStepRunner, planGradients, type StepValues } from './step-runner.js';
import {
  ADAMW,
  bitsOf,
  eventsOf,
  lastState,
  RMSPROP,
  rowsOf,
  runTiny,
  SGD,
  SIZE,
  tinyModel,
} from './testing.js';

async function inMode<T>(mode: ExecutionMode, work: () => T | Promise<T>): Promise<T> {
  await openTestTensorflow(mode);
  expect(canReplay()).toBe(mode === 'replay');
  return await work();
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

function values(count: number, step = 0, size = SIZE, classes = 3): StepValues {
  return {
    count,
    images: Float32Array.from({ length: count * size * size * 3 }, (_, i) => Math.sin(i * 0.7 + step)),
    labels: Float32Array.from({ length: count * classes }, (_, i) => Number(i % classes === (i + step) % 2)),
    ...{ learningRate: 0.01 / (step + 1), seed: 17 + step },
  };
}

function trained(model: LayersModel, { size = SIZE, classes = 3, decay = 0 } = {}) {
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(ADAMW, parameters);
  const ema = decay > 0 ? new ExponentialMovingAverage(model, decay) : undefined;
  const parts = { model, parameters, optimizer, ema, clipNorm: null };
  const runner = createStepRunner({ ...parts, inputSize: size, classes });
  const all = [...parameters, ...statisticsOf(model), ...optimizer.slots, ...(ema?.averages ?? [])];
  const state = (): string =>
    all.map(({ variable }) => Buffer.from(variable.dataSync<'float32'>().buffer).toString('base64')).join();
  return { runner, state, parameters };
}

describe.skipIf(NO_TENSORFLOW)(`training on TensorFlow${NO_TENSORFLOW ? ` (${NO_TENSORFLOW})` : ''}`, () => {
  // The first time our own operations may have to be compiled.
  beforeAll(async () => void (await openTestTensorflow('replay')), 300_000);
  afterEach(async () => void (await openTestTensorflow('replay')));

  const variants: Record<string, Partial<TrainConfig>> = {
    adamw: { optimizer: ADAMW },
    'adam with the average of the weights': { optimizer: { ...ADAMW, name: 'adam' }, ema: 0.9 },
    sgd: { optimizer: SGD, ema: 0.5 },
    'sgd without clipping': { optimizer: { ...SGD, nesterov: false }, clipNorm: null },
    rmsprop: { optimizer: RMSPROP, clipNorm: 0.1 },
  };
  it.each(Object.keys(variants))('replayed gives the bits of eager execution: %s', async (name) => {
    const config = variants[name];
    const eager = await inMode('eager', () => runTiny({ config }));
    const replayed = await inMode('replay', () => runTiny({ config }));
    expect(rowsOf(replayed.events)).toEqual(rowsOf(eager.events));
    expect(bitsOf(lastState(replayed.events))).toEqual(bitsOf(lastState(eager.events)));
    expect(eventsOf(replayed.events, 'step')).toHaveLength(12);
  });

  const small = (config: ModelInput) => () => designFrom(config, 16, 3);
  const blocks = [1, 1, 1, 1];
  const axial = {
    ...{ family: 'axial-resnet', blocks: [1, 1], scale: 0.125, groups: 4, stem: 'cifar-pool' },
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
    'axial attention': small({ ...axial, span: 5 }),
    'local relation': small({ family: 'lr-net', blocks, width: 16, outputWidth: 32, stem: 'cifar' }),
  };
  const threeSteps = async (designed: () => Blueprint) => {
    const { runner, state } = trained(designed().build(0, 'small'), { size: 16 });
    const losses: number[] = [];
    for (const step of [0, 1, 2]) {
      const outputs = await runner.run(values(step === 2 ? 2 : 4, step, 16));
      losses.push(...outputs.losses, ...outputs.logits);
    }
    runner.dispose();
    return { losses, bits: losses.join() + state() };
  };
  it.each(Object.keys(families))('replayed gives the bits of eager execution: %s', async (name) => {
    const eager = await inMode('eager', () => threeSteps(families[name]));
    const replayed = await inMode('replay', () => threeSteps(families[name]));
    expect(replayed.bits === eager.bits).toBe(true);
    const ordered = await inMode('replay', () => inOrder(() => threeSteps(families[name])));
    expect(ordered.bits === eager.bits).toBe(true);
  });

  it('holds operations to their order only where they need too much memory otherwise', async () => {
    const model = families['stand-alone attention']().build(0, 'small');
    const parts = { model, parameters: parametersOf(model), inputSize: 16, classes: 3 };
    const { kernels } = await openTestTensorflow('replay');
    registerTensorflowKernels('tensorflow', { ...kernels, customOps: new Set() });
    const planned = () => {
      const program = planGradients(parts, 32);
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
    const actual = await inMode('replay', () => runTiny({ config }));
    const curve = ({ events }: typeof actual): number[] =>
      rowsOf(events).flatMap(({ trainLoss, valLoss }) => [trainLoss, valLoss!]);
    expectClose(curve(actual), curve(reference), 1e-4);
    expect(curve(actual)[6]).toBeLessThan(curve(actual)[0]);
  });

  it('repeats itself bit for bit, stopped or not', async () => {
    const config = { ema: 0.9 };
    const straight = await runTiny({ config });
    await expectExactResume(config, straight.events);
  });

  it.each([
    ['wasm', 'tensorflow'],
    ['tensorflow', 'wasm'],
  ] as const)('goes on with what %s has begun, on %s', async (before, after) => {
    const config = { ema: 0.9 };
    const open = async (name: 'wasm' | 'tensorflow'): Promise<unknown> =>
      name === 'wasm' ? openEngine({ name, device: 'cpu', threads: 2 }) : openTestTensorflow('replay');
    await open(after);
    const straight = await runTiny({ config });
    await open(before);
    const first = await runTiny({
      config,
      onEvent: (event, stop) => {
        if (event.type === 'step' && event.step === 5) stop.abort();
      },
    });
    await open(after);
    const second = await runTiny({ config, resume: lastState(first.events), modelSeed: 99 });
    const [actual, expected] = [lastState(second.events).tensors, lastState(straight.events).tensors];
    expect([...actual.keys()]).toEqual([...expected.keys()]);
    for (const [name, { data }] of expected) expectClose(actual.get(name)!.data, data, 2e-3, name);
  });

  it.each([
    ['', <T>(work: () => T) => work()],
    [', in order', inOrder],
  ])('leaves parameters, slots and averages as they were when a loss is not finite%s', async (_, within) => {
    const model = tinyModel();
    const { runner, parameters } = trained(model, { decay: 0.9 });
    await within(() => runner.run(values(3)));
    parameters.find(({ name }) => name === 'logits/bias')!.variable.assign(tensor([1, NaN, 2]));
    const statistics = new Set(statisticsOf(model).map(({ variable }) => variable));
    const state = (): string =>
      [...parameters].map(({ variable }) => [...variable.dataSync()].join()).join(' ');
    const [before, moving] = [state(), [...[...statistics][0].dataSync()]];
    expect([...(await runner.run(values(3))).losses].every(Number.isNaN)).toBe(true);
    expect(state()).toBe(before);
    expect([...[...statistics][0].dataSync()]).not.toEqual(moving);
    // And goes on where it stood.
    parameters.find(({ name }) => name === 'logits/bias')!.variable.assign(tensor([1, 0, 2]));
    expect([...(await runner.run(values(3))).losses].every(Number.isFinite)).toBe(true);
    expect(state()).not.toBe(before);
    runner.dispose();
  });

  it('writes over no tensor that shares the values of a variable', async () => {
    const { runner, parameters } = trained(tinyModel());
    const { variable } = parameters[0];
    const first = variable.clone();
    const before = [...first.dataSync()];
    await runner.run(values(3));
    const second = variable.clone();
    const after = [...second.dataSync()];
    expect(after).not.toEqual(before);
    await runner.run(values(3));
    expect([...first.dataSync()]).toEqual(before);
    expect([...second.dataSync()]).toEqual(after);
    // Eager operations see the variable as it is, while the session is open and after.
    const now = [...tidy(() => mul(variable, scalar(1)).dataSync())];
    expect(now).toEqual([...variable.dataSync()]);
    runner.dispose();
    expect([...tidy(() => mul(variable, scalar(1)).dataSync())]).toEqual(now);
  });

  it('follows variables that were assigned in between', async () => {
    const stateAfter = async (): Promise<string> => {
      const model = tinyModel();
      const { runner, state, parameters } = trained(model, { decay: 0.5 });
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
    const { binding } = backend() as unknown as TensorflowBackend;
    const { runner } = trained(tinyModel(), { decay: 0.9 });
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
    const { runner } = trained(
      design({ attention: SE, removeStages: [5, 6, 7, 8] }, 64, 3).build(0, 'small'),
      {
        size: 64,
      },
    );
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
  beforeAll(async () => void (await openTestTensorflow('replay')), 300_000);

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
    expect(codeOf((x) => mul(x, scalar(count++)))).toMatch(
      /E_NOT_REPLAYABLE: .*Mul\(x, constant 1 \[\] 0\).*then Mul\(x, constant 1 \[\] 1\)/,
    );
    expect(codeOf((x) => (count++ % 2 ? mul(x, x) : x))).toMatch(/E_NOT_REPLAYABLE: .*operation/);
  });

  it('refuses to look at values', () => {
    expect(codeOf((x) => mul(x, scalar(x.dataSync()[0])))).toMatch(/E_NOT_REPLAYABLE: .*looks at the values/);
  });

  it('computes nothing and changes no variable', () => {
    const model = tinyModel();
    const { runner, state } = trained(model);
    const before = state();
    codeOf((x) => {
      for (const { variable } of parametersOf(model)) variable.assign(mul(variable, scalar(0)));
      return x;
    });
    expect(state()).toBe(before);
    runner.dispose();
  });
});

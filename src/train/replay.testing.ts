import { expect, it } from 'vitest';
import type { TrainConfig } from './options.js';
import type { StepEngine } from '../engine/engine.js';
import type { ExecutionMode, ProgramSpec } from '../engine/program/program.js';
import { mul, scalar, tensor, tidy, type LayersModel, type Tensor } from '../engine/tf.js';
import { expectClose } from '../engine/testing.js';
import { Activation } from '../layers/activation.js';
import { Blueprint } from '../layers/blueprint.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { GlobalAveragePooling } from '../layers/pooling.js';
import { taskOfCount } from '../tasks/task-of.js';
import { InvolveError } from '../util/errors.js';
import type { OverTraining } from '../util/over-training.js';
import { ExponentialMovingAverage } from './ema.js';
import { expectExactResume } from './exact-resume.testing.js';
import { createOptimizer } from './optimizer.js';
import { optimizer as optimizerOptions, optimizerNames } from './optimizer-options.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { createPredictor } from './predictor.js';
import { schedule } from './schedule-options.js';
import { createStepRunner } from './step/runner.js';
import type { StepValues } from './step/parts.js';
import {
  ADAMW,
  bitsOf,
  CLASSES,
  eventsOf,
  lastState,
  RECOMPUTED,
  RMSPROP,
  rowsOf,
  runTiny,
  SGD,
  SIZE,
  tinyModel,
  type TinyRun,
} from './testing.js';

/** Does work with the engine under test in use, in a mode. */
export type InMode = <T>(mode: ExecutionMode, work: (engine: StepEngine) => T | Promise<T>) => Promise<T>;

/** A batch of `count` made-up images, another one each step. */
export function values(count: number, step = 0, size = SIZE, classes = 3): StepValues {
  return {
    count,
    images: Float32Array.from({ length: count * size * size * 3 }, (_, i) => Math.sin(i * 0.7 + step)),
    targets: Float32Array.from({ length: count * classes }, (_, i) => Number(i % classes === (i + step) % 2)),
    learningRate: 0.01 / (step + 1),
    seed: 17 + step,
  };
}

interface TrainedOptions {
  readonly size?: number;
  readonly classes?: number;
  /** Of the average of the weights; 0: there is none. */
  readonly decay?: number;
  readonly clipNorm?: number | null;
  readonly accumulate?: number;
}

/** What trains a model; `state` has the bits of all that a step may change. */
export function trained(engine: StepEngine, model: LayersModel, options: TrainedOptions = {}) {
  const { size = SIZE, classes = 3, decay = 0, clipNorm = null, accumulate = 1 } = options;
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(ADAMW, parameters);
  const ema = decay > 0 ? new ExponentialMovingAverage(model, decay) : undefined;
  const task = taskOfCount(classes);
  const parts = { model, task, parameters, optimizer, ema, clipNorm };
  const runner = createStepRunner(engine, { ...parts, accumulate, inputSize: size });
  const all = [...parameters, ...statisticsOf(model), ...optimizer.slots, ...(ema?.averages ?? [])];
  const state = (): string =>
    all.map(({ variable }) => Buffer.from(variable.dataSync<'float32'>().buffer).toString('base64')).join();
  return { runner, state, parameters };
}

const CYCLE = schedule.parse({ name: 'one-cycle', cycleMomentum: true });

type Variant = Pick<TinyRun, 'config' | 'dropout'>;

/** Runs whose steps are fed, or keep on the engine, more than weights and slots. */
const NEW_STATE: Readonly<Record<string, Variant>> = {
  'two batches a step': { config: { accumulate: 2 } },
  'an average that warms up': { config: { ema: { decay: 0.9, warmUp: true, validateRaw: false } } },
  'a momentum in a cycle': { config: { schedule: CYCLE } },
  'the momentum of sgd in a cycle': { config: { schedule: CYCLE, optimizer: SGD } },
  'dropout that grows': { dropout: { from: 0.1, to: 0.6 } },
  'dropout that fades, two batches a step': { config: { accumulate: 2 }, dropout: { from: 0.4, to: 0 } },
};

/** A network without batch norm and dropout: images of a batch know nothing of each other. */
export function independentModel(): LayersModel {
  const net = new Blueprint([SIZE, SIZE, 3]);
  let x = net.add(new Convolution({ name: 'conv', filters: 4, kernelSize: 3, useBias: true }), net.input);
  x = net.add(new Activation({ name: 'swish', activation: 'swish' }), x);
  x = net.add(new GlobalAveragePooling({ name: 'pool' }), x);
  net.add(new Dense({ name: 'logits', units: CLASSES }), x);
  return net.build(0, 'independent');
}

/** Steps of batches of 4, 4 and 2 images leave what steps of one batch of these 10 leave, within rounding. */
export async function expectAccumulatesLikeOneBatch(engine: StepEngine): Promise<void> {
  const sizes = [4, 4, 2];
  const after = async (accumulate: number): Promise<{ weights: number[]; losses: number[] }> => {
    const model = independentModel();
    const { runner, parameters } = trained(engine, model, { decay: 0.5, clipNorm: 0.5, accumulate });
    const losses: number[] = [];
    for (let step = 0; step < 4; step++) {
      const whole = values(10, step);
      let at = 0;
      const [first, ...others] = sizes.map((count): StepValues => {
        const [from, to] = [at, (at += count)];
        const images = whole.images.subarray(from * SIZE * SIZE * 3, to * SIZE * SIZE * 3);
        return { ...whole, count, images, targets: whole.targets.subarray(from * CLASSES, to * CLASSES) };
      });
      const more = others.map((batch) => () => Promise.resolve(batch));
      const result = await runner.run(accumulate === 1 ? whole : { ...first, more });
      losses.push(...result.losses);
    }
    runner.dispose();
    return { weights: parameters.flatMap(({ variable }) => [...variable.dataSync()]), losses };
  };
  const [one, several] = [await after(1), await after(3)];
  expectClose(several.losses, one.losses, 1e-5);
  expectClose(several.weights, one.weights, 1e-5);
  expect(one.losses.at(-1)).not.toBe(one.losses[0]);
}

/** Tests, for an engine's `describe`, that a replayed step is the eager one in all it does. */
export function itReplays(inMode: InMode): void {
  const variants: Record<string, Partial<TrainConfig>> = {
    adamw: { optimizer: ADAMW },
    'adam with the average of the weights': { optimizer: { ...ADAMW, name: 'adam' }, ema: 0.9 },
    sgd: { optimizer: SGD, ema: 0.5 },
    'sgd without clipping': { optimizer: { ...SGD, nesterov: false }, clipNorm: null },
    'statistics recomputed': RECOMPUTED,
    'statistics recomputed for the average of the weights': { ...RECOMPUTED, ema: 0.5 },
    rmsprop: { optimizer: RMSPROP, clipNorm: 0.1 },
    'three batches a step': { accumulate: 3, ema: 0.9 },
    'two batches a step, some steps of one': {
      ...{ accumulate: 2, optimizer: SGD, clipNorm: 0.1 },
      ema: { decay: 0.8, warmUp: true, validateRaw: false },
    },
    'an average that warms up': { ema: { decay: 0.8, warmUp: true, validateRaw: false } },
    'adamw, its momentum in a cycle': { schedule: CYCLE, ema: 0.9 },
    'sgd, its momentum in a cycle': { schedule: CYCLE, optimizer: SGD, clipNorm: null },
    'lamb, its momentum in a cycle, two batches a step': {
      ...{ schedule: CYCLE, accumulate: 2 },
      optimizer: optimizerOptions.parse({ name: 'lamb' }),
    },
  };
  for (const name of optimizerNames) {
    variants[`${name} with its defaults`] = { optimizer: optimizerOptions.parse({ name }) };
  }
  it.each(Object.keys(variants))('replayed gives the bits of eager execution: %s', async (name) => {
    // 3 steps an epoch, the last of 2 images: dropout, moving statistics and validation on the way.
    const config = variants[name];
    const eager = await inMode('eager', (engine) => runTiny({ engine, config }));
    const replayed = await inMode('replay', (engine) => runTiny({ engine, config }));
    expect(rowsOf(replayed.events)).toEqual(rowsOf(eager.events));
    expect(bitsOf(lastState(replayed.events))).toEqual(bitsOf(lastState(eager.events)));
    expect(eventsOf(replayed.events, 'step')).toHaveLength(4 * Math.ceil(3 / (config.accumulate ?? 1)));
  });

  it('replayed gives the bits of eager execution: dropout that grows', async () => {
    const dropout = { from: 0, to: 0.6 };
    const outcome = async (mode: ExecutionMode, rate: OverTraining): Promise<Record<string, string>> =>
      inMode(mode, async (engine) => bitsOf(lastState((await runTiny({ engine, dropout: rate })).events)));
    const replayed = await outcome('replay', dropout);
    expect(replayed).toEqual(await outcome('eager', dropout));
    for (const rate of [0, 0.2, 0.6]) expect(replayed).not.toEqual(await outcome('replay', rate));
  });

  it.each(optimizerNames)('resumed, %s ends as if it had never stopped', (name) =>
    inMode('replay', async (engine) => {
      const config = { optimizer: optimizerOptions.parse({ name }) };
      const straight = await runTiny({ engine, config });
      await expectExactResume(engine, { config }, straight.events);
    }),
  );

  it.each(Object.keys(NEW_STATE))('resumed, a run with %s ends as if it had never stopped', (name) =>
    inMode('replay', async (engine) => {
      const { config, dropout } = NEW_STATE[name];
      const run = { config: { ...config, epochs: 6 }, dropout };
      const straight = await runTiny({ engine, ...run });
      await expectExactResume(engine, run, straight.events);
    }),
  );

  it.each(['eager', 'replay'] as const)('several batches a step are one large batch, %s', (mode) =>
    inMode(mode, expectAccumulatesLikeOneBatch),
  );

  it('leaves parameters, slots and averages as they were when a loss is not finite', () =>
    inMode('replay', async (engine) => {
      await expectGuardedState(engine);
      await expectGuardedState(engine, 2);
    }));

  const keepsTensors = async (engine: StepEngine): Promise<void> => {
    const { runner, parameters } = trained(engine, tinyModel());
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
    // Eager operations see the variable as it is, while its program is there and after.
    const now = [...tidy(() => mul(variable, scalar(1)).dataSync())];
    expect(now).toEqual([...variable.dataSync()]);
    runner.dispose();
    expect([...tidy(() => mul(variable, scalar(1)).dataSync())]).toEqual(now);
  };
  it('writes over no tensor that shares the values of a variable', () => inMode('replay', keepsTensors));

  it.each([null, 0.5])(
    'follows variables that were assigned in between, gradients clipped to %s',
    async (clipNorm) => {
      const stateAfter = async (engine: StepEngine): Promise<string> => {
        const model = tinyModel();
        const { runner, state, parameters } = trained(engine, model, { decay: 0.5, clipNorm });
        await runner.run(values(4));
        for (const { variable } of parameters) tidy(() => variable.assign(mul(variable, scalar(0.5))));
        await runner.run(values(4, 1));
        for (const { variable } of statisticsOf(model))
          tidy(() => variable.assign(mul(variable, scalar(0.9))));
        await runner.run(values(2, 2));
        const predictor = createPredictor(engine, model);
        const outputs = await predictor.outputs(values(5).images, 5, SIZE);
        predictor.dispose();
        runner.dispose();
        return state() + [...outputs].join();
      };
      expect(await inMode('replay', stateAfter)).toBe(await inMode('eager', stateAfter));
    },
  );
}

/** A step whose loss is not finite changes moving statistics alone, and training goes on where it stood. */
export async function expectGuardedState(engine: StepEngine, accumulate = 1): Promise<void> {
  const model = tinyModel();
  const { runner, parameters } = trained(engine, model, { decay: 0.9, accumulate });
  await runner.run(values(3));
  const { variable: bias } = parameters.find(({ name }) => name === 'logits/bias')!;
  bias.assign(tensor([1, NaN, 2]));
  const [{ variable: statistic }] = statisticsOf(model);
  const state = (): string => parameters.map(({ variable }) => [...variable.dataSync()].join()).join(' ');
  const [before, moving] = [state(), [...statistic.dataSync()]];
  expect([...(await runner.run(values(3))).losses].every(Number.isNaN)).toBe(true);
  expect(state()).toBe(before);
  expect([...statistic.dataSync()]).not.toEqual(moving);
  bias.assign(tensor([1, 0, 2]));
  expect([...(await runner.run(values(3))).losses].every(Number.isFinite)).toBe(true);
  expect(state()).not.toBe(before);
  runner.dispose();
}

/** What an engine says where it cannot record. */
export interface RecordingWords {
  readonly otherConstant: RegExp;
  readonly otherCalls: RegExp;
  readonly looks: RegExp;
}

/** Tests, for an engine's `describe`, of what recording refuses and leaves alone. */
export function itRecords(
  engineInUse: () => StepEngine,
  { otherConstant, otherCalls, looks }: RecordingWords,
): void {
  const input = { x: { shape: [2, 3], dtype: 'float32' } } as const;
  const outcomeOf = (phase: (x: Tensor) => Tensor): string => {
    try {
      const spec: ProgramSpec = { batch: 2, inputs: input, phases: [({ x }) => ({ y: phase(x) })] };
      engineInUse().record(spec).dispose();
    } catch (error) {
      if (error instanceof InvolveError) return `${error.code}: ${error.message}`;
      throw error;
    }
    return 'recorded';
  };

  it('refuses what is not the same every time, and names the first difference', () => {
    let count = 0;
    expect(outcomeOf((x) => mul(x, scalar(2)))).toBe('recorded');
    expect(outcomeOf((x) => mul(x, scalar(count++)))).toMatch(otherConstant);
    expect(outcomeOf((x) => (count++ % 2 ? mul(x, x) : x))).toMatch(otherCalls);
  });

  it('refuses to look at values', () => {
    expect(outcomeOf((x) => mul(x, scalar(x.dataSync()[0])))).toMatch(looks);
  });

  it('computes nothing and changes no variable', () => {
    const model = tinyModel();
    const { runner, state } = trained(engineInUse(), model);
    const before = state();
    outcomeOf((x) => {
      for (const { variable } of parametersOf(model)) variable.assign(mul(variable, scalar(0)));
      return x;
    });
    expect(state()).toBe(before);
    runner.dispose();
  });
}

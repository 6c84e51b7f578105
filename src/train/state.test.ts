import { beforeAll, describe, expect, it } from 'vitest';
import { openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { memory, tensor, type LayersModel } from '../engine/tf.js';
import { BatchNorm } from '../layers/batch-norm.js';
import { Blueprint } from '../layers/blueprint.js';
import { Convolution } from '../layers/convolution.js';
import { Dense } from '../layers/dense.js';
import { GlobalAveragePooling } from '../layers/pooling.js';
import { refusalOf } from '../util/refusal.testing.js';
import { WhiteningConvolution } from '../layers/whitening-convolution.js';
import { fromStored, toStored } from './checkpoint-tensors.js';
import { ExponentialMovingAverage } from './ema.js';
import { createOptimizer } from './optimizer.js';
import { optimizer as optimizerOptions, optimizerNames } from './optimizer-options.js';
import { constantsOf, parametersOf, statisticsOf } from './parameters.js';
import {
  captureState,
  checkState,
  putWeights,
  restoreState,
  restoreWeights,
  startOf,
  type Progress,
  type Stateful,
  type TrainingState,
} from './state.js';
import { ADAMW, bitsOf, SGD, tinyModel } from './testing.js';

beforeAll(openReference);

const PROGRESS: Progress = {
  ...{ epoch: 3, batch: 2, step: 11, seed: 2 ** 53 - 1 },
  sums: { images: 8, loss: 0.1 + 0.2, hits: 5 },
  plateau: { best: 1 / 3, badEpochs: 2, reductions: 1, exhausted: false },
  best: { epoch: 2, value: 0.1 },
};

function parts({ seed = 0, ema = true, config = ADAMW as typeof ADAMW | typeof SGD } = {}): Stateful {
  const model = tinyModel(seed);
  return {
    model,
    optimizer: createOptimizer(config, parametersOf(model)),
    ema: ema ? new ExponentialMovingAverage(model, 0.9) : undefined,
  };
}

/** Fills everything with numbers of its own. */
function scramble({ model, optimizer, ema }: Stateful): void {
  const all = [...parametersOf(model), ...statisticsOf(model), ...optimizer.slots, ...(ema?.averages ?? [])];
  all.forEach(({ variable }, i) => {
    const value = uniformTensor(variable.shape, 500 + i);
    variable.assign(value);
    value.dispose();
  });
}
const weightsOf = (model: LayersModel): Record<string, number[]> =>
  Object.fromEntries(
    [...parametersOf(model), ...statisticsOf(model)].map(({ name, variable }) => [name, valuesOf(variable)]),
  );

describe('a weight that training never changes', () => {
  function whitening(seed: number): LayersModel {
    const net = new Blueprint([4, 4, 3]);
    let x = net.add(new WhiteningConvolution({ name: 'stem', kernelSize: 2 }), net.input);
    x = net.add(new Convolution({ name: 'conv', filters: 4, kernelSize: 3 }), x);
    x = net.add(new BatchNorm({ name: 'bn', activation: 'relu', momentum: 0.9, epsilon: 1e-3 }), x);
    x = net.add(new GlobalAveragePooling({ name: 'pool' }), x);
    net.add(new Dense({ name: 'logits', units: 3 }), x);
    return net.build(seed, 'whitening');
  }
  const stateful = (seed: number): Stateful => {
    const model = whitening(seed);
    return {
      model,
      optimizer: createOptimizer(ADAMW, parametersOf(model)),
      ema: new ExponentialMovingAverage(model, 0.9),
    };
  };
  const kernelOf = (model: LayersModel) => valuesOf(constantsOf(model)[0].variable);

  it('is no statistic of batch norm, is not averaged, and makes its layer the first one', () => {
    const { model, ema } = stateful(0);
    expect(constantsOf(model).map(({ name }) => name)).toEqual(['stem/kernel']);
    expect(statisticsOf(model).map(({ name }) => name)).toEqual(['bn/moving_mean', 'bn/moving_variance']);
    expect(ema!.averages.map(({ name }) => name)).not.toContain('stem/kernel');
    const outer = parametersOf(model).filter(({ isOuter }) => isOuter);
    expect(outer.map(({ name }) => name)).toEqual(['stem/bias', 'logits/kernel', 'logits/bias']);
  });

  it('is saved, checked and put back with the others', () => {
    const [from, to, evaluated] = [stateful(0), stateful(1), stateful(2)];
    expect(kernelOf(to.model)).not.toEqual(kernelOf(from.model));
    const state = captureState(from, PROGRESS);
    checkState(
      to.model,
      { optimizer: ADAMW, ema: { decay: 0.9, warmUp: false, validateRaw: false } },
      state,
      'x',
    );
    restoreState(to, state, 'x');
    expect(kernelOf(to.model)).toEqual(kernelOf(from.model));
    restoreWeights(evaluated.model, state.tensors, 'x');
    expect(kernelOf(evaluated.model)).toEqual(kernelOf(from.model));
    const without = {
      ...state,
      tensors: new Map([...state.tensors].filter(([name]) => name !== 'stem/kernel')),
    };
    expect(() => restoreState(to, without, 'x')).toThrow(/stem\/kernel is missing/);
    expect(() => restoreWeights(to.model, without.tensors, 'x')).toThrow(/stem\/kernel is missing/);
  });
});

describe('captureState and restoreState', () => {
  it('hold weights, statistics, slots and averages under their names', () => {
    const names = [...captureState(parts(), PROGRESS).tensors.keys()];
    expect(names.slice(0, 2)).toEqual(['conv/kernel', 'bn/gamma']);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['logits/bias', 'bn/moving_mean', 'involution/reduce_moving_variance'],
        ...['optimizer/conv/kernel/first_moment', 'optimizer/beta2_power'],
        ...['ema/conv/kernel', 'ema/bn/moving_mean'],
      ]),
    );
    expect(names.length).toBe(10 + 4 + (2 * 10 + 2) + 14);
    expect(new Set(names).size).toBe(names.length);
  });

  it('bring everything back, bit for bit, −0 and NaN too', () => {
    const before = parts();
    scramble(before);
    const odd = parametersOf(before.model).find(({ name }) => name === 'logits/bias')!;
    odd.variable.assign(tensor([-0, NaN, 1e-45]));
    const state = captureState(before, PROGRESS);
    const after = parts({ seed: 9 });
    const tensors = memory().numTensors;
    restoreState(after, state, 'last.safetensors');
    expect(bitsOf(captureState(after, PROGRESS))).toEqual(bitsOf(state));
    expect(memory().numTensors).toBe(tensors);
  });

  it('are copies: training on does not change a saved state', () => {
    const each = parts();
    const state = captureState(each, PROGRESS);
    const bits = bitsOf(state);
    scramble(each);
    expect(bitsOf(state)).toEqual(bits);
    restoreState(each, state, 'last');
    scramble(each);
    expect(bitsOf(state)).toEqual(bits);
  });
});

describe('a foreign checkpoint is refused', () => {
  const refusal = (state: TrainingState, into: Stateful) =>
    refusalOf(() => restoreState(into, state, 'runs/exp3/checkpoints/last.safetensors'));
  const without = (state: TrainingState, ...names: string[]): TrainingState => ({
    ...state,
    tensors: new Map([...state.tensors].filter(([name]) => !names.includes(name))),
  });

  it('with what is missing, what is of another shape, and what is too much', () => {
    const state = without(captureState(parts(), PROGRESS), 'conv/kernel');
    const tensors = new Map(state.tensors);
    tensors.set('logits/bias', { shape: [6], data: new Float32Array(6) });
    tensors.set('head/kernel', { shape: [1], data: new Float32Array(1) });
    expect(refusal({ ...state, tensors }, parts())).toEqual({
      code: 'E_CHECKPOINT_FOREIGN',
      exitCode: 2,
      problems: [
        {
          what:
            'the checkpoint is of another architecture: conv/kernel is missing; ' +
            "logits/bias is [6], the model's is [3]; head/kernel is not in the model",
          where: 'runs/exp3/checkpoints/last.safetensors',
          try: 'put the checkpoint of this run back, or use the config that the checkpoint was made with',
        },
      ],
    });
  });

  it('of another optimizer, or without the average, the first four differences and how many more', () => {
    const adam = captureState(parts({ ema: false }), PROGRESS);
    const [{ what }] = refusal(adam, parts({ ema: false, config: SGD })).problems;
    expect(what).toMatch(
      /^the checkpoint is of another architecture: optimizer\/conv\/kernel\/velocity is missing/,
    );
    expect(what).toMatch(/; and 28 more$/);
    expect(refusal(adam, parts()).problems[0].what).toMatch(/ema\/conv\/kernel is missing/);
  });

  it('before anything is changed', () => {
    const into = parts();
    const before = bitsOf(captureState(into, PROGRESS));
    const other = parts({ seed: 4 });
    scramble(other);
    refusal(without(captureState(other, PROGRESS), 'logits/bias'), into);
    expect(bitsOf(captureState(into, PROGRESS))).toEqual(before);
  });
});

describe('putWeights', () => {
  it('puts some, and leaves the others as they are', () => {
    const saved = parts({ ema: false });
    scramble(saved);
    const { tensors } = captureState(saved, PROGRESS);
    const model = tinyModel(7);
    const untouched = weightsOf(model);
    putWeights(model, new Map([...tensors].filter(([name]) => name.startsWith('logits/'))), 'x');
    const { 'logits/kernel': kernel, 'logits/bias': bias } = weightsOf(saved.model);
    expect(weightsOf(model)).toEqual({ ...untouched, 'logits/kernel': kernel, 'logits/bias': bias });
    expect(untouched['logits/kernel']).not.toEqual(kernel);
  });

  it('refuses one of another shape, and changes nothing', () => {
    const model = tinyModel(7);
    const untouched = weightsOf(model);
    const tensors = new Map(captureState(parts({ ema: false }), PROGRESS).tensors);
    tensors.set('logits/bias', { data: new Float32Array(2), shape: [2] });
    expect(() => putWeights(model, tensors, 'x')).toThrow(/logits\/bias/);
    expect(weightsOf(model)).toEqual(untouched);
  });
});

describe('restoreWeights', () => {
  it('takes the weights, and leaves slots aside', () => {
    const saved = parts({ ema: false });
    scramble(saved);
    const model = tinyModel(7);
    restoreWeights(model, captureState(saved, PROGRESS).tensors, 'best');
    expect(weightsOf(model)).toEqual(weightsOf(saved.model));
  });

  it('takes the averages where the run kept them', () => {
    const saved = parts();
    const averages = weightsOf(saved.model);
    const all = [...parametersOf(saved.model), ...statisticsOf(saved.model)];
    for (const { variable } of all) variable.assign(uniformTensor(variable.shape, 3));
    const model = tinyModel(7);
    restoreWeights(model, captureState(saved, PROGRESS).tensors, 'best');
    expect(weightsOf(model)).toEqual(averages);
  });

  it('refuses what is of another architecture', () => {
    const tensors = new Map(captureState(parts({ ema: false }), PROGRESS).tensors);
    tensors.delete('bn/moving_mean');
    expect(refusalOf(() => restoreWeights(tinyModel(), tensors, 'best')).problems[0].what).toBe(
      'the checkpoint is of another architecture: bn/moving_mean is missing',
    );
  });
});

it('parameters are told from statistics, kernels from the rest', () => {
  const model = tinyModel();
  const kernels = parametersOf(model).filter(({ role }) => role === 'kernel');
  expect(kernels.map(({ name }) => name)).toEqual([
    ...['conv/kernel', 'involution/reduce_kernel', 'involution/span_kernel', 'logits/kernel'],
  ]);
  const others = parametersOf(model).filter(({ role }) => role !== 'kernel');
  expect(others.map(({ name }) => name)).toEqual([
    ...['bn/gamma', 'bn/beta', 'involution/reduce_gamma', 'involution/reduce_beta', 'involution/span_bias'],
    'logits/bias',
  ]);
  expect(statisticsOf(model).map(({ name }) => name)).toEqual([
    ...['bn/moving_mean', 'bn/moving_variance'],
    ...['involution/reduce_moving_mean', 'involution/reduce_moving_variance'],
  ]);
});

describe('a checkpoint file', () => {
  const state = (): TrainingState => {
    const each = parts();
    scramble(each);
    return captureState(each, PROGRESS);
  };

  it('brings progress and tensors back exactly', () => {
    const before = state();
    const stored = toStored(before);
    expect(stored.metadata).toMatchObject({ format: 'involve-checkpoint-1', epoch: '3', step: '11' });
    const after = fromStored(stored, 'last.safetensors');
    expect(after.progress).toEqual(PROGRESS);
    expect(bitsOf(after)).toEqual(bitsOf(before));
    expect([...after.tensors].map(([name, { shape }]) => [name, shape])).toEqual(
      [...before.tensors].map(([name, { shape }]) => [name, shape]),
    );
  });

  it.each([
    [{}, 'not stated'],
    [{ format: 'pt' }, 'pt'],
    [{ format: 'involve-checkpoint-2', progress: '{}' }, 'involve-checkpoint-2'],
    [{ format: 'involve-checkpoint-1' }, 'involve-checkpoint-1'],
  ])('of another format is refused: %j', (metadata, named) => {
    expect(refusalOf(() => fromStored({ tensors: new Map(), metadata }, 'other.safetensors'))).toEqual({
      code: 'E_CHECKPOINT_FOREIGN',
      exitCode: 2,
      problems: [
        {
          what: `not a checkpoint of involve: its format is ${named}, expected involve-checkpoint-1`,
          where: 'other.safetensors',
          try: 'use a checkpoint that involve train wrote',
        },
      ],
    });
  });

  it('with tensors of another type lacks them', () => {
    const { tensors, metadata } = toStored(state());
    const half = new Map<string, { dtype: string; shape: readonly number[]; data: unknown }>(tensors);
    half.set('conv/kernel', { dtype: 'I32', shape: [3, 3, 3, 4], data: new Int32Array(108) });
    const read = fromStored({ tensors: half, metadata }, 'last');
    expect(refusalOf(() => restoreState(parts(), read, 'last')).problems[0].what).toBe(
      'the checkpoint is of another architecture: conv/kernel is missing',
    );
  });
});

it('training starts at the beginning', () => {
  expect(startOf(7, { images: 0, loss: 0, hits: 0 })).toEqual({
    ...{ epoch: 0, batch: 0, step: 0, seed: 7, best: null },
    sums: { images: 0, loss: 0, hits: 0 },
    plateau: { best: null, badEpochs: 0, reductions: 0, exhausted: false },
  });
});

describe('checkState', () => {
  it.each([...optimizerNames])(
    'knows the state of %s without making it, with averages and without',
    (name) => {
      const optimizer = optimizerOptions.parse({ name });
      const model = tinyModel();
      for (const ema of [null, 0.9]) {
        const made = {
          model,
          optimizer: createOptimizer(optimizer, parametersOf(model)),
          ema: ema === null ? undefined : new ExponentialMovingAverage(model, ema),
        };
        const state = captureState(made, PROGRESS);
        const before = memory().numTensors;
        checkState(model, { optimizer, ema }, state, 'last');
        expect(memory().numTensors).toBe(before);
        for (const gone of state.tensors.keys()) {
          const fewer = new Map([...state.tensors].filter(([each]) => each !== gone));
          expect(() => checkState(model, { optimizer, ema }, { ...state, tensors: fewer }, 'last')).toThrow(
            `${gone} is missing`,
          );
        }
        const more = new Map([...state.tensors, ['a', { shape: [1], data: new Float32Array(1) }]]);
        expect(() => checkState(model, { optimizer, ema }, { ...state, tensors: more }, 'last')).toThrow(
          'a is not in the model',
        );
      }
    },
  );
});

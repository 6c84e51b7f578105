import { beforeAll, describe, expect, it } from 'vitest';
import { schedule } from './schedule-options.js';
import type { TrainConfig } from './options.js';
import { openReference, valuesOf } from '../engine/testing.js';
import { scalar, tensor, tensor2d, tensor4d, type LayersModel } from '../engine/tf.js';
import { firstNonFiniteLayer, firstNonFiniteWeight } from './divergence.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { trainStep } from './step/step.js';
import { createOptimizer } from './optimizer.js';
import {
  ADAMW,
  CLASSES,
  eventsOf,
  lastState,
  rowsOf,
  runTiny,
  SGD,
  SIZE,
  tinyModel,
  tinyStream,
  tinyTask,
} from './testing.js';
import type { LabelledBatch } from '../tasks/classification/meters.js';
import type { TrainSource } from './batch-source.js';

beforeAll(openReference);

/** Changes the last value of a weight. */
function poison(model: LayersModel, name: string, value = NaN): void {
  const all = [...parametersOf(model), ...statisticsOf(model)];
  const { variable } = all.find((each) => each.name === name)!;
  const values = valuesOf(variable);
  values[values.length - 1] = value;
  variable.assign(tensor(values, variable.shape));
}

const inputs = (value = 1) => ({
  images: tensor4d(new Float32Array(2 * SIZE * SIZE * 3).fill(value, 0, 1), [2, SIZE, SIZE, 3]),
  targets: tensor2d([1, 0, 0, 0, 1, 0], [2, CLASSES]),
  learningRate: scalar(0.1),
  seed: scalar(1, 'int32'),
});

/** A train step that fails, and the layer that is then named. */
function culpritAfterStep(change: (model: LayersModel) => void, image = 1): string | undefined {
  const model = tinyModel();
  change(model);
  const parameters = parametersOf(model);
  const given = inputs(image);
  const optimizer = createOptimizer(ADAMW, parameters);
  const { losses } = trainStep({ model, parameters, task: tinyTask(), optimizer, clipNorm: null }, given);
  expect([...losses].every(Number.isFinite)).toBe(false);
  return firstNonFiniteLayer(model, given);
}

describe('firstNonFiniteLayer', () => {
  it.each(['conv/kernel', 'bn/gamma', 'involution/span_kernel', 'logits/bias'])(
    'names a weight that is not finite: %s',
    (name) => {
      expect(culpritAfterStep((model) => poison(model, name))).toBe(`${name} (weight)`);
    },
  );

  it('names the first of several', () => {
    const culprit = culpritAfterStep((model) => {
      poison(model, 'logits/kernel');
      poison(model, 'involution/span_bias', Infinity);
    });
    expect(culprit).toBe('involution/span_bias (weight)');
  });

  it('names the layer whose output is the first that is not finite, not the batch norm after it', () => {
    // Finite weights, but their products are not: the moving statistics downstream are spoilt by the step itself.
    const overflow = (model: LayersModel): void => {
      for (const { name, variable } of parametersOf(model))
        if (name === 'conv/kernel')
          variable.assign(
            tensor(
              valuesOf(variable).map(() => 3e38),
              variable.shape,
            ),
          );
    };
    expect(culpritAfterStep(overflow, 100)).toBe('conv');
  });

  it('names the input when the images are not finite', () => {
    expect(culpritAfterStep(() => undefined, NaN)).toMatch(/^input/);
  });

  it('names nothing when all is well', () => {
    expect(firstNonFiniteLayer(tinyModel(), inputs())).toBeUndefined();
  });
});

it('firstNonFiniteWeight looks at parameters, then at moving statistics', () => {
  const model = tinyModel();
  expect(firstNonFiniteWeight(model)).toBeUndefined();
  poison(model, 'bn/moving_variance', Infinity);
  expect(firstNonFiniteWeight(model)).toBe('bn/moving_variance (weight)');
  poison(model, 'logits/bias');
  expect(firstNonFiniteWeight(model)).toBe('logits/bias (weight)');
});

describe('a run that diverges', () => {
  it('stops at the step, names the layer, and leaves the parameters as they were', async () => {
    const { outcome, events, model } = await runTiny({
      checkpoint: { every: { steps: 2 } },
      onEvent: (event, _, model) => {
        if (event.type === 'step' && event.step === 5) poison(model, 'involution/span_kernel');
      },
    });
    const divergence = { step: 5, epoch: 1, layer: 'involution/span_kernel (weight)' };
    expect(outcome).toMatchObject({ kind: 'diverged', divergence, progress: { step: 5, epoch: 1 } });
    expect(events.at(-1)).toEqual({ type: 'divergence', divergence });
    expect(eventsOf(events, 'step').length).toBe(5);
    expect(lastState(events).progress.step).toBe(4);
    const broken = parametersOf(model).filter(({ variable }) => !valuesOf(variable).every(Number.isFinite));
    expect(broken.map(({ name }) => name)).toEqual(['involution/span_kernel']);
  });

  it('by a learning rate far too large', async () => {
    const { outcome } = await runTiny({
      config: {
        ...{ optimizer: { ...SGD, learningRate: 1e38 }, clipNorm: null },
        schedule: schedule.parse({ name: 'constant', warmUp: null }),
      },
    });
    expect(outcome.kind).toBe('diverged');
    expect(outcome.divergence!.step).toBeLessThan(4);
    expect(outcome.divergence!.layer).toMatch(/^(conv|bn|involution|logits)/);
  });

  it('by an image that is not finite', async () => {
    const good = tinyStream(10, 4);
    const stream: TrainSource<LabelledBatch> = {
      ...good,
      batch: async (epoch, index) => {
        const batch = await good.batch(epoch, index);
        if (epoch === 1 && index === 1) batch.images[7] = NaN;
        return batch;
      },
    };
    const { outcome } = await runTiny({ options: { train: stream } });
    expect(outcome).toMatchObject({ kind: 'diverged', divergence: { step: 4, epoch: 1 } });
    expect(outcome.divergence!.layer).toMatch(/^input/);
  });

  it('never saves weights that are not finite: the last good checkpoint stays the last', async () => {
    const { outcome, events } = await runTiny({
      checkpoint: { every: { steps: 1 } },
      onEvent: (event, _, model) => {
        if (event.type === 'step' && event.step === 4) poison(model, 'conv/kernel');
      },
    });
    expect(outcome).toMatchObject({
      kind: 'diverged',
      divergence: { step: 4, layer: 'conv/kernel (weight)' },
    });
    expect(lastState(events).progress.step).toBe(3);
  });

  it('in the last step of an epoch, found by the validation, with the weight named', async () => {
    const { outcome, events } = await runTiny({
      onEvent: (event, _, model) => {
        if (event.type === 'step' && event.step === 6) poison(model, 'bn/beta');
      },
    });
    expect(outcome).toMatchObject({
      kind: 'diverged',
      divergence: { step: 5, epoch: 1, layer: 'bn/beta (weight)' },
    });
    expect(eventsOf(events, 'epoch').length).toBe(1);
    expect(lastState(events).progress.step).toBe(3);
  });

  it('does not by a validation that overflows while the weights are sound', async () => {
    const config: Partial<TrainConfig> = {
      schedule: schedule.parse({
        ...{ name: 'plateau', factor: 0.5, patience: 1, threshold: 1e-4, maxReductions: 1 },
        ...{ minimum: 0, warmUp: null },
      }),
    };
    const lag = (event: { type: string }, _: unknown, model: LayersModel): void => {
      if (event.type === 'step') poison(model, 'bn/moving_mean', -3e38);
    };
    const { outcome, events } = await runTiny({ config, checkpoint: { best: 'val_loss' }, onEvent: lag });
    expect(outcome).toMatchObject({ kind: 'done', progress: { epoch: 4, best: null } });
    expect(rowsOf(events).map(({ valLoss }) => valLoss)).toEqual([null, null, null, null]);
    expect(rowsOf(events).every(({ trainLoss }) => Number.isFinite(trainLoss))).toBe(true);
    // No epoch was better, so the schedule went on; and all of it can be stored as JSON.
    const saved = eventsOf(events, 'checkpoint');
    expect(saved.map(({ name, state }) => [name, state.progress.plateau.reductions])).toEqual([
      ...[
        ['last', 0],
        ['last', 1],
      ],
      ...[
        ['last', 1],
        ['last', 1],
      ],
    ]);
    for (const { state } of saved) expect(JSON.parse(JSON.stringify(state.progress))).toEqual(state.progress);
  });
});

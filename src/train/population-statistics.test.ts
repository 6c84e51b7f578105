import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, valuesOf } from '../engine/testing.js';
import { fill, tensor, type LayersModel } from '../engine/tf.js';
import { BatchNorm } from '../layers/batch-norm.js';
import { Convolution } from '../layers/convolution.js';
import { Blueprint } from '../layers/blueprint.js';
import { InvolveError, runFailed } from '../util/errors.js';
import type { BatchSource } from './batch-source.js';
import { parametersOf, statisticsOf } from './parameters.js';
import {
  fitting,
  PopulationStatistics,
  populationBatches,
  type Population,
} from './population-statistics.js';
import type { ImageBatch } from '../tasks/task.js';
import {
  bitsOf,
  EAGER,
  lastState,
  RECOMPUTED,
  rowsOf,
  runTiny,
  SIZE,
  tinyModel,
  tinyPopulation,
} from './testing.js';

beforeAll(openReference);

const statistics = (model: LayersModel): Record<string, number[]> =>
  Object.fromEntries(statisticsOf(model).map(({ name, variable }) => [name, valuesOf(variable)]));

const measuring = (model: LayersModel, population: Population, inputSize = SIZE): PopulationStatistics =>
  new PopulationStatistics({ engine: EAGER, model, inputSize, population });

/** Batch norm of the images themselves. */
function bareModel(size: number): LayersModel {
  const net = new Blueprint([size, size, 3]);
  net.add(new BatchNorm({ name: 'bn', activation: 'none', momentum: 0.9, epsilon: 1e-3 }), net.input);
  return net.build(0, 'bare');
}

/** Batches of these images, one after the other. */
function sourceOf(images: readonly Float32Array[]): BatchSource<ImageBatch> {
  return {
    batchesPerEpoch: images.length,
    batch: (_, index) =>
      Promise.resolve({ images: images[index], count: images[index].length / 12 } as unknown as ImageBatch),
  };
}

describe('measured statistics', () => {
  it('are mean and variance of all images, whichever batches they come in', async () => {
    const model = bareModel(2);
    const pixel = fc.float({ min: -8, max: 8, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(pixel, { minLength: 12, maxLength: 12 }), { minLength: 1, maxLength: 9 }),
        fc.integer({ min: 1, max: 9 }),
        async (images, most) => {
          const plan = populationBatches({ batchNormImages: 100, batchNormBatch: most }, images.length);
          const batches = Array.from({ length: plan.batches }, (_, i) =>
            Float32Array.from(images.slice(i * plan.batchSize, (i + 1) * plan.batchSize).flat()),
          );
          await measuring(model, { ...plan, source: sourceOf(batches) }, 2).measure(0, undefined);
          const values = [0, 1, 2].map((c) => images.flat().filter((_, i) => i % 3 === c));
          const mean = values.map((each) => each.reduce((a, b) => a + b) / each.length);
          const variance = values.map((each, c) =>
            each.reduce((sum, value) => sum + (value - mean[c]) ** 2 / each.length, 0),
          );
          expectClose(statistics(model)['bn/moving_mean'], mean, 1e-5);
          expectClose(statistics(model)['bn/moving_variance'], variance, 1e-5);
        },
      ),
      { numRuns: 60 },
    );
    model.dispose();
  });

  it('are those of fvcore 0.1.5, update_bn_stats (torch 2.15, float64), in two layers and unlike batches', async () => {
    const net = new Blueprint([2, 2, 3]);
    const batchNorm = { momentum: 0.9, epsilon: 1e-3 };
    let x = net.add(new Convolution({ name: 'a', filters: 4, kernelSize: 1 }), net.input);
    x = net.add(new BatchNorm({ name: 'a_bn', activation: 'swish', ...batchNorm }), x);
    x = net.add(new Convolution({ name: 'b', filters: 2, kernelSize: 1 }), x);
    net.add(new BatchNorm({ name: 'b_bn', activation: 'none', ...batchNorm }), x);
    const model = net.build(0, 'two');
    const wave = (length: number, phase: number) =>
      Float32Array.from({ length }, (_, i) => Math.sin(0.7 * i + phase));
    for (const { name, variable } of parametersOf(model)) {
      const phase = { 'a/kernel': 1, 'b/kernel': 2 }[name];
      if (phase !== undefined) variable.assign(tensor(wave(variable.size, phase), variable.shape));
    }
    const images = wave(60, 3).map((value) => 2 * value + 0.5);
    const source = sourceOf([images.subarray(0, 36), images.subarray(36)]);
    await measuring(model, { images: 5, batchSize: 3, batches: 2, source }, 2).measure(0, undefined);
    const { 'a_bn/moving_mean': mean, 'a_bn/moving_variance': variance, ...second } = statistics(model);
    expectClose(
      mean,
      [0.24173867525813356, 0.3900665931812209, 0.3549400973725337, 0.15287972767753547],
      2e-6,
    );
    expectClose(
      variance,
      [0.379210683404617, 0.366913902298432, 0.37582306772795393, 0.3911483796215023],
      2e-6,
    );
    expectClose(second['b_bn/moving_mean'], [-0.0923373348412108, -0.1103774463265506], 2e-6);
    expectClose(second['b_bn/moving_variance'], [0.2796570116358431, 0.5494387134223103], 2e-6);
    model.dispose();
  });

  it('depend on weights, seed and epoch, not on the statistics before', async () => {
    const model = tinyModel();
    const measured = measuring(model, tinyPopulation(RECOMPUTED));
    const weights = () => parametersOf(model).map(({ variable }) => valuesOf(variable));
    const before = weights();
    await measured.measure(1, undefined);
    const first = statistics(model);
    for (const { variable } of statisticsOf(model)) variable.assign(fill(variable.shape, NaN));
    await measured.measure(1, undefined);
    expect(statistics(model)).toEqual(first);
    await measured.measure(2, undefined);
    expect(statistics(model)).not.toEqual(first);
    expect(weights()).toEqual(before);
    model.dispose();
  });

  it('stay as they were when measuring is stopped, or fails', async () => {
    const model = tinyModel();
    const before = statistics(model);
    const stop = new AbortController();
    const population = tinyPopulation(RECOMPUTED);
    const failing = (then: () => void): Population => ({
      ...population,
      source: {
        ...population.source,
        batch: (epoch, index) => {
          if (index === 1) then();
          return population.source.batch(epoch, index);
        },
      },
    });
    const fails = failing(() => {
      throw new Error('no image');
    });
    await expect(measuring(model, fails).measure(0, undefined)).rejects.toThrow('no image');
    expect(statistics(model)).toEqual(before);
    let asked = 0;
    const stops = measuring(model, {
      ...population,
      source: {
        ...population.source,
        batch: (epoch, index) => {
          asked++;
          stop.abort();
          return population.source.batch(epoch, index);
        },
      },
    });
    expect(await stops.measure(0, stop.signal)).toBe(false);
    expect(asked).toBe(1);
    expect(statistics(model)).toEqual(before);
    model.dispose();
  });
});

describe('training with recomputed statistics', () => {
  const WEIGHTS = /^(?!.*moving_)/;

  it('trains the same weights as with the moving ones, and validates with others', async () => {
    const [moving, recomputed] = [await runTiny({}), await runTiny({ config: RECOMPUTED })];
    const weights = ({ events }: typeof moving) =>
      Object.entries(bitsOf(lastState(events))).filter(([name]) => WEIGHTS.test(name));
    expect(weights(recomputed)).toEqual(weights(moving));
    const [a, b] = [rowsOf(recomputed.events), rowsOf(moving.events)];
    expect(a.map(({ trainLoss }) => trainLoss)).toEqual(b.map(({ trainLoss }) => trainLoss));
    expect(a.map(({ valLoss }) => valLoss)).not.toEqual(b.map(({ valLoss }) => valLoss));
  });

  it.each([null, 0.5])('saves what it validated with, EMA %s', async (ema) => {
    const run = await runTiny({ config: { ...RECOMPUTED, ema } });
    const { tensors } = lastState(run.events);
    const named = (name: string) => tensors.get(ema === null ? name : `ema/${name}`)!.data;
    // The saved weights, measured anew on the images of the last epoch.
    const model = tinyModel(7);
    for (const { name, variable } of parametersOf(model))
      variable.assign(tensor(named(name), variable.shape));
    await measuring(model, tinyPopulation(RECOMPUTED)).measure(3, undefined);
    for (const { name, variable } of statisticsOf(model)) {
      expect(valuesOf(variable), name).toEqual([...named(name)]);
    }
    model.dispose();
  });
});

describe('the batches', () => {
  const plan = (batchNormImages: number, batchNormBatch: number, available: number) =>
    populationBatches({ batchNormImages, batchNormBatch }, available);

  it('are as alike as can be', () => {
    expect(plan(2000, 200, 2700)).toEqual({ images: 2000, batchSize: 200, batches: 10 });
    expect(plan(1000, 300, 2700)).toEqual({ images: 1000, batchSize: 250, batches: 4 });
    expect(plan(7, 4, 10)).toEqual({ images: 7, batchSize: 4, batches: 2 });
  });

  it('are of all images where there are no more', () => {
    expect(plan(2000, 200, 90)).toEqual({ images: 90, batchSize: 90, batches: 1 });
    expect(plan(2000, 60, 90)).toEqual({ images: 90, batchSize: 45, batches: 2 });
  });

  it('that do not fit are called by their own key', async () => {
    const tooLarge = (): never => {
      throw runFailed('E_OUT_OF_MEMORY', {
        what: 'a batch of 200 does not fit',
        try: 'train.batchSize 100 or less',
      });
    };
    const error = (await fitting(200, tooLarge).catch((thrown: unknown) => thrown)) as InvolveError;
    expect(error).toBeInstanceOf(InvolveError);
    expect(error.exitCode).toBe(1);
    expect(error.problems).toEqual([
      {
        what: 'measuring the statistics of batch norm: a batch of 200 does not fit',
        where: 'train.batchNormBatch',
        try: 'train.batchNormBatch below 200, or train.batchNormStatistics "moving"',
      },
    ]);
    await expect(
      fitting(1, () => {
        throw new Error('other');
      }),
    ).rejects.toThrow('other');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../../engine/testing.js';
import {
  memory,
  scalar,
  tensor,
  tensor2d,
  type LayersModel,
  type Tensor,
  type Tensor4D,
} from '../../engine/tf.js';
import { createOptimizer } from '../optimizer.js';
import { parametersOf, statisticsOf } from '../parameters.js';
import { trainStep, type StepInputs } from './step.js';
import { ADAMW, CLASSES, SGD, SIZE, tinyModel, tinyTask } from '../testing.js';

beforeAll(openReference);

const task = tinyTask();
const PLAIN_SGD = { ...SGD, learningRate: 1, momentum: 0, nesterov: false };

const inputs = (options: { learningRate?: number; seed?: number } = {}): StepInputs => ({
  images: uniformTensor<Tensor4D>([3, SIZE, SIZE, 3], 1),
  targets: tensor2d([1, 0, 0, 0.1, 0.8, 0.1, 0, 0, 1], [3, CLASSES]),
  learningRate: scalar(options.learningRate ?? 1),
  seed: scalar(options.seed ?? 3, 'int32'),
});
const weights = (model: LayersModel): number[] =>
  parametersOf(model).flatMap(({ variable }) => valuesOf(variable));

/** The gradient of a step: what plain SGD with rate 1 takes away. */
function gradientOf(clipNorm: number | null, model = tinyModel()): number[] {
  const before = weights(model);
  const parameters = parametersOf(model);
  const optimizer = createOptimizer(PLAIN_SGD, parameters);
  trainStep({ model, parameters, task, optimizer, clipNorm }, inputs());
  const after = weights(model);
  return before.map((value, i) => value - after[i]);
}

describe('trainStep', () => {
  it('gives outputs and losses of the batch before the update', () => {
    const model = tinyModel();
    const parameters = parametersOf(model);
    const optimizer = createOptimizer(ADAMW, parameters);
    const first = trainStep({ model, parameters, task, optimizer, clipNorm: null }, inputs());
    const { images, seed } = inputs();
    const fresh = tinyModel().apply(images, { training: true, seed }) as Tensor;
    expect([...first.outputs]).toEqual(valuesOf(fresh));
    expect([first.outputs.length, first.losses.length]).toEqual([9, 3]);
    const labels = valuesOf(inputs().targets);
    const expected = [0, 1, 2].map((b) => {
      const row = [...first.outputs.slice(3 * b, 3 * b + 3)];
      const logSum = Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0));
      return row.reduce((sum, z, c) => sum + labels[3 * b + c] * (logSum - z), 0);
    });
    expectClose(first.losses, expected, 1e-6);
  });

  it('lowers the mean loss by rate · |gradient|², for a small rate', () => {
    const model = tinyModel();
    const parameters = parametersOf(model);
    const optimizer = createOptimizer(PLAIN_SGD, parameters);
    const rate = 1e-3;
    const meanLoss = (learningRate: number): number => {
      const { losses } = trainStep(
        { model, parameters, task, optimizer, clipNorm: null },
        inputs({ learningRate }),
      );
      return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    };
    const squaredNorm = gradientOf(null).reduce((sum, g) => sum + g * g, 0);
    const fall = meanLoss(rate) - meanLoss(0);
    expect(fall / (rate * squaredNorm)).toBeCloseTo(1, 1);
  });

  it('is a function of its inputs and the state: dropout follows the seed', () => {
    const after = (seed: number): number[] => {
      const model = tinyModel();
      const parameters = parametersOf(model);
      const optimizer = createOptimizer(ADAMW, parameters);
      trainStep({ model, parameters, task, optimizer, clipNorm: null }, inputs({ seed }));
      return weights(model);
    };
    expect(after(3)).toEqual(after(3));
    expect(after(4)).not.toEqual(after(3));
  });

  it('updates the moving statistics', () => {
    const model = tinyModel();
    const statistics = (): number[] => statisticsOf(model).flatMap(({ variable }) => valuesOf(variable));
    const before = statistics();
    const parameters = parametersOf(model);
    const optimizer = createOptimizer(ADAMW, parameters);
    trainStep({ model, parameters, task, optimizer, clipNorm: null }, inputs());
    statistics().forEach((value, i) => expect(value).not.toBe(before[i]));
  });

  it('clips by the norm over all gradients, and leaves smaller ones alone', () => {
    const gradient = gradientOf(null);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    expect(norm).toBeGreaterThan(0.1);
    expectClose(gradientOf(2 * norm), gradient, 1e-6);
    expectClose(
      gradientOf(norm / 4),
      gradient.map((g) => g / 4),
      1e-6,
    );
    const clipped = gradientOf(norm / 4);
    expect(Math.sqrt(clipped.reduce((sum, g) => sum + g * g, 0))).toBeCloseTo(norm / 4, 5);
  });

  it('leaves parameters and slots as they were when a loss is not finite', () => {
    const model = tinyModel();
    const parameters = parametersOf(model);
    const bias = parameters.find(({ name }) => name === 'logits/bias')!;
    bias.variable.assign(tensor([1, NaN, 2]));
    const optimizer = createOptimizer(ADAMW, parameters);
    const state = (): number[] => [
      ...weights(model),
      ...optimizer.slots.flatMap(({ variable }) => valuesOf(variable)),
    ];
    const before = state();
    const { losses } = trainStep({ model, parameters, task, optimizer, clipNorm: 1 }, inputs());
    expect([...losses].every(Number.isNaN)).toBe(true);
    expect(state()).toEqual(before);
  });

  it.each([null, 0.5])('leaves no tensor behind (clipNorm %s)', (clipNorm) => {
    const model = tinyModel();
    const parameters = parametersOf(model);
    const optimizer = createOptimizer(ADAMW, parameters);
    const given = inputs();
    trainStep({ model, parameters, task, optimizer, clipNorm }, given);
    const before = memory().numTensors;
    trainStep({ model, parameters, task, optimizer, clipNorm }, given);
    expect(memory().numTensors).toBe(before);
  });
});

import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { expectClose, openReference, uniformTensor, valuesOf } from '../engine/testing.js';
import { memory, scalar, type LayersModel } from '../engine/tf.js';
import { ExponentialMovingAverage } from './ema.js';
import { parametersOf, statisticsOf } from './parameters.js';
import { tinyModel } from './testing.js';

beforeAll(openReference);

let model: LayersModel;
beforeEach(() => {
  model = tinyModel();
});

const state = (): number[][] =>
  [...parametersOf(model), ...statisticsOf(model)].map(({ variable }) => valuesOf(variable));
const averages = (ema: ExponentialMovingAverage): number[][] =>
  ema.averages.map(({ variable }) => valuesOf(variable));
const change = (salt: number): void =>
  [...parametersOf(model), ...statisticsOf(model)].forEach(({ variable }, i) => {
    const value = uniformTensor(variable.shape, salt + i, 0.1, 1);
    variable.assign(value);
    value.dispose();
  });

describe('ExponentialMovingAverage', () => {
  it('starts from the weights, and keeps weights and moving statistics', () => {
    const ema = new ExponentialMovingAverage(model, 0.9);
    expect(averages(ema)).toEqual(state());
    expect(ema.averages.map(({ name }) => name)).toEqual(
      [...parametersOf(model), ...statisticsOf(model)].map(({ name }) => name),
    );
    change(1);
    expect(averages(ema)).not.toEqual(state());
  });

  it('moves by 1 − decay towards the weights at every update', () => {
    const ema = new ExponentialMovingAverage(model, 0.75);
    let expected = state();
    for (const salt of [100, 200]) {
      change(salt);
      ema.update();
      const now = state();
      expected = expected.map((values, i) => values.map((value, j) => 0.75 * value + 0.25 * now[i][j]));
      averages(ema).forEach((values, i) => expectClose(values, expected[i], 1e-6));
    }
  });

  it('moves by 1 − the decay that it is fed', () => {
    const ema = new ExponentialMovingAverage(model, 'fed');
    expect(ema.isFed).toBe(true);
    let expected = state();
    for (const [salt, decay] of [
      [100, 0],
      [200, 0.75],
      [300, 0.125],
    ]) {
      change(salt);
      ema.update(scalar(decay));
      const now = state();
      expected = expected.map((values, i) =>
        values.map((value, j) => decay * value + (1 - decay) * now[i][j]),
      );
      averages(ema).forEach((values, i) => expectClose(values, expected[i], 1e-6));
    }
  });

  it('stays on weights that stay, however close to 1 the decay is', () => {
    const ema = new ExponentialMovingAverage(model, 'fed');
    const start = state();
    for (let step = 0; step < 200; step++) ema.update(scalar(0.9999));
    averages(ema).forEach((values, i) => expectClose(values, start[i], 1e-5));
  });

  it('stands in for the weights during an evaluation, and gives them back bit for bit', async () => {
    const ema = new ExponentialMovingAverage(model, 0.9);
    const first = state();
    change(300);
    const now = state();
    const tensors = memory().numTensors;
    const seen = await ema.during(async () => {
      await Promise.resolve();
      return state();
    });
    expect(seen).toEqual(first);
    expect(state()).toEqual(now);
    expect(averages(ema)).toEqual(first);
    expect(memory().numTensors).toBe(tensors);
  });

  it('gives the weights back when the evaluation fails', async () => {
    const ema = new ExponentialMovingAverage(model, 0.9);
    change(400);
    const now = state();
    const fails = (): Promise<never> => Promise.reject(new Error('no more images'));
    await expect(ema.during(fails)).rejects.toThrow('no more images');
    expect(state()).toEqual(now);
  });

  it('does not move the weights when it is updated, and leaves no tensor behind', () => {
    const before = memory().numTensors;
    const ema = new ExponentialMovingAverage(model, 0.9);
    const now = state();
    const during = memory().numTensors;
    ema.update();
    ema.update();
    expect(state()).toEqual(now);
    expect(memory().numTensors).toBe(during);
    ema.dispose();
    expect(memory().numTensors).toBe(before);
  });
});

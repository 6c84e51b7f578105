import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import { memory } from '../../engine/tf.js';
import { parametersOf } from '../parameters.js';
import { expectAccumulatesLikeOneBatch, expectGuardedState, trained, values } from '../replay.testing.js';
import type { StepValues } from './parts.js';
import { stepValuesOf } from './values.js';
import { EAGER, eventsOf, rowsOf, runTiny, tinyModel, tinyStream, tinyTask } from '../testing.js';

beforeAll(openReference);

const later = (batch: StepValues) => () => Promise.resolve(batch);

describe('a step of several batches', () => {
  it('is one of a large batch, within rounding', () => expectAccumulatesLikeOneBatch(EAGER));

  it('changes nothing when the loss of one is not finite', () => expectGuardedState(EAGER, 2));

  it('names the batch whose loss is not finite, and asks for none after it', async () => {
    const model = tinyModel();
    const { runner, state } = trained(EAGER, model, { accumulate: 4 });
    const before = state;
    const bad = { ...values(2, 1), images: new Float32Array(2 * 108).fill(NaN), seed: 71 };
    let asked = 0;
    const last = async (): Promise<StepValues> => {
      asked++;
      return values(4, 2);
    };
    const weights = (): number[][] => parametersOf(model).map(({ variable }) => [...variable.dataSync()]);
    const first = weights();
    const result = await runner.run({ ...values(4), more: [later(values(3, 3)), later(bad), last] });
    expect(result.failed).toMatchObject({ count: 2, seed: 71 });
    expect(result.losses).toHaveLength(4 + 3 + 2);
    expect(asked).toBe(0);
    expect(weights()).toEqual(first);
    expect(state()).not.toBe(before);
  });

  it('forgets the batches of a step that failed', async () => {
    const model = tinyModel();
    const { runner, parameters } = trained(EAGER, model, { accumulate: 2 });
    const other = tinyModel();
    const { runner: undisturbed, parameters: expected } = trained(EAGER, other, { accumulate: 2 });
    const bad = { ...values(2, 1), images: new Float32Array(2 * 108).fill(NaN) };
    // Its first batch is taken in; batch norm's moving statistics have no part in training.
    await runner.run({ ...values(4, 5), more: [later(bad)] });
    await runner.run({ ...values(4), more: [later(values(3, 1))] });
    await undisturbed.run({ ...values(4), more: [later(values(3, 1))] });
    parameters.forEach(({ variable }, i) =>
      expect([...variable.dataSync()]).toEqual([...expected[i].variable.dataSync()]),
    );
  });

  it('lets the images of its batches go', async () => {
    const source = tinyStream(10, 4);
    const bring = [0, 1, 2].map((index) => () => source.batch(0, index));
    const config = { seed: 1, ema: null, accumulate: 3 };
    const moment = { step: 0, learningRate: 0.1, done: 0 };
    const { values: first, taken } = await stepValuesOf(config, tinyTask(), bring, moment);
    for (const next of first.more!) await next();
    expect(taken.map(({ batch }) => Object.keys(batch).sort())).toEqual(
      Array.from({ length: 3 }, () => ['count', 'labels', 'waitedMs']),
    );
  });

  it('keeps no tensor', async () => {
    const model = tinyModel();
    const { runner } = trained(EAGER, model, { accumulate: 2, decay: 0.9, clipNorm: 1 });
    const run = (step: number) => runner.run({ ...values(4, step), more: [later(values(3, step))] });
    await run(0);
    const before = memory().numTensors;
    await run(1);
    expect(memory().numTensors).toBe(before);
    runner.dispose();
    expect(memory().numTensors).toBe(before - parametersOf(model).length);
  });
});

describe('training with several batches a step', () => {
  it('counts steps, not batches: 3 batches an epoch are 2 steps of two', async () => {
    const { events } = await runTiny({ config: { accumulate: 2, steps: 5, epochs: null } });
    const steps = eventsOf(events, 'step').map(({ epoch, step, batch }) => [epoch, step, batch]);
    expect(steps).toEqual([
      [0, 1, 1],
      [0, 2, 2],
      [1, 3, 1],
      [1, 4, 2],
      [2, 5, 1],
    ]);
    expect(eventsOf(events, 'epoch-start').map(({ batches }) => batches)).toEqual([2, 2, 1]);
    expect(rowsOf(events).map(({ step }) => step)).toEqual([2, 4, 5]);
  });

  it('looks for the layer at fault with the batch at fault', async () => {
    const source = tinyStream(10, 4);
    const batch: typeof source.batch = async (epoch, index) => {
      const given = await source.batch(epoch, index);
      return index === 1 ? { ...given, images: given.images.map(() => NaN) } : given;
    };
    const { outcome } = await runTiny({
      config: { accumulate: 2 },
      options: { train: { ...source, batch } },
    });
    // With the step's first batch every output would be finite, and no layer named.
    const layer = expect.stringMatching(/^input/) as string;
    expect(outcome).toMatchObject({ kind: 'diverged', divergence: { step: 0, layer } });
  });
});

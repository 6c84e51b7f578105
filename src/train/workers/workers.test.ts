import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import { openEngine } from '../../engine/engine.js';
import { tensor } from '../../engine/tf.js';
import type { TrainEvent } from '../events.js';
import type { InMode } from '../replay.testing.js';
import { bitsOf, EAGER, eventsOf, lastState, runTiny, tinyModel, tinyStream } from '../testing.js';
import { itSharesSteps, runWorkers } from './workers.testing.js';

describe('workers on the wasm engine', () => {
  const inMode: InMode = async (mode, work) => {
    const engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 1, mode });
    engine.use();
    return work(engine);
  };
  itSharesSteps(inMode);
});

describe('workers', () => {
  beforeAll(openReference);
  const ema = { config: { ema: 0.9 }, engine: EAGER };

  it('of which there is one alone are as if there were none', async () => {
    const [alone] = await runWorkers(1, ema);
    const one = await runTiny(ema);
    expect(alone!.outcome).toMatchObject({ kind: 'done', progress: { step: 12 } });
    expect(eventsOf(alone!.events, 'epoch')).toHaveLength(4);
    // Its gradients go through a mean of one.
    expect(bitsOf(lastState(alone!.events))).toEqual(bitsOf(lastState(one.events)));
  });

  it('hold the same state, and the first alone saves it', async () => {
    const all = await runWorkers(4, { ...ema, config: { ema: 0.9, accumulate: 2 } });
    const states = all.map(({ model }) => model.getWeights().map((weight) => [...weight.dataSync()]));
    for (const state of states) expect(state).toEqual(states[0]);
    expect(all.map(({ events }) => eventsOf(events, 'checkpoint').length > 0)).toEqual([
      ...[true, false, false, false],
    ]);
    for (const { outcome } of all) expect(outcome).toEqual(all[0]!.outcome);
  });

  it('drop other activations each', async () => {
    const seeds = new Set<string>();
    const model = tinyModel();
    const { apply } = model;
    const listening = (rank: number): typeof model => {
      const own = tinyModel();
      own.apply = (inputs, given: { seed?: { dataSync(): ArrayLike<number> } }) => {
        if (given.seed) seeds.add(`${rank}: ${given.seed.dataSync()[0]}`);
        return apply.call(own, inputs, given);
      };
      return own;
    };
    await runWorkers(2, {
      ...{ engine: EAGER, config: { epochs: null, steps: 3 } },
      each: (rank) => ({ options: { model: listening(rank) } }),
    });
    const numbers = [...seeds].map((each) => each.slice(3));
    expect(seeds.size).toBe(6);
    expect(new Set(numbers).size).toBe(6);
  });

  it('that differ are told, by all of them', async () => {
    const runs = runWorkers(2, { ...ema, each: (rank) => ({ modelSeed: rank }) });
    await expect(runs).rejects.toMatchObject({
      code: 'E_WORKERS_DIFFER',
      exitCode: 1,
      message: 'worker 1 has other weights than worker 0 at the start',
    });
    const later = runWorkers(2, {
      ...ema,
      each: (rank) => ({
        onEvent: (event, _stop, model) => {
          if (rank !== 1 || event.type !== 'step' || event.step !== 2) return;
          const [weight] = model.getWeights();
          model.setWeights([tensor(weight.dataSync().fill(0), weight.shape), ...model.getWeights().slice(1)]);
        },
      }),
    });
    await expect(later).rejects.toThrow('worker 1 has other weights than worker 0 after epoch 1');
  });

  it('end together when a loss of one is not finite, with the layer that it names', async () => {
    const source = tinyStream(10, 4);
    const batch: typeof source.batch = async (epoch, index) => {
      const given = await source.batch(epoch, index);
      // The last image of the second batch, which the second worker has.
      const images = given.images.map((value, i) =>
        index === 1 && i === given.images.length - 1 ? NaN : value,
      );
      return { ...given, images };
    };
    const all = await runWorkers(2, { ...ema, options: { train: { ...source, batch } } });
    const layer = expect.stringMatching(/^input/) as string;
    for (const { outcome } of all)
      expect(outcome).toMatchObject({ divergence: { step: 1, epoch: 0, layer } });
    expect(eventsOf(all[0]!.events, 'divergence')).toHaveLength(1);
  });

  it('stopped while they validate, or measure statistics, go on exactly', async () => {
    const recomputed = { batchNormStatistics: 'recomputed', batchNormImages: 7, batchNormBatch: 4 } as const;
    for (const config of [{ ema: 0.9 }, { ema: 0.9, ...recomputed }]) {
      const straight = (await runWorkers(2, { engine: EAGER, config }))[0]!;
      for (const rank of [0, 1]) {
        const stopAt = ({ type }: TrainEvent, stop: AbortController, step: number): void => {
          if (type === 'validation' && step === 1) stop.abort();
        };
        let seen = 0;
        const stopped = await runWorkers(2, {
          ...{ engine: EAGER, config },
          // Each has one batch of validation: the signal comes before the next epoch's first step is over.
          each: (worker) =>
            worker === rank
              ? { onEvent: (event, stop) => stopAt(event, stop, event.type === 'validation' ? ++seen : 0) }
              : {},
        });
        expect(stopped.map(({ outcome }) => outcome.kind)).toEqual(['interrupted', 'interrupted']);
        const resume = lastState(stopped[0]!.events);
        const [resumed] = await runWorkers(2, { engine: EAGER, config, resume, modelSeed: 9 });
        expect(bitsOf(lastState(resumed!.events))).toEqual(bitsOf(lastState(straight.events)));
      }
    }
  });

  it('of which one is stopped before its part of the validation is over all go back to before it', async () => {
    const epoch = (rank: number) => ({
      onEvent: (event: TrainEvent, stop: AbortController) => {
        if (rank === 1 && event.type === 'step' && event.step === 3) stop.abort();
      },
    });
    const stopped = await runWorkers(2, { ...ema, each: epoch });
    for (const { outcome } of stopped) expect(outcome).toMatchObject({ kind: 'interrupted' });
    const { progress } = lastState(stopped[0]!.events);
    expect(progress).toMatchObject({ epoch: 0, batch: 3, step: 3 });
  });
});

import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import type { TrainEvent } from '../events.js';
import type { Best } from '../state.js';
import { bitsOf, eventsOf, lastState, runTiny } from '../testing.js';
import { nextKept } from './keep.js';

function keptOf(values: readonly number[], most: number, better: 'higher' | 'lower'): readonly Best[] {
  return values.reduce<readonly Best[]>(
    (kept, value, i) => nextKept(kept, { epoch: i + 1, value }, most, { better }),
    [],
  );
}

describe('the kept epochs', () => {
  it('are the best, in order, the first of equals', () => {
    const epochs = (kept: readonly Best[]): number[] => kept.map(({ epoch }) => epoch);
    expect(epochs(keptOf([0.5, 0.7, 0.6, 0.7, 0.1], 2, 'higher'))).toEqual([2, 4]);
    expect(epochs(keptOf([0.5, 0.7, 0.6, 0.7, 0.1], 2, 'lower'))).toEqual([1, 5]);
    expect(epochs(keptOf([0.7, 0.7, 0.7], 2, 'higher'))).toEqual([1, 2]);
    expect(epochs(keptOf([NaN, 0.2, Infinity], 3, 'lower'))).toEqual([2]);
  });

  it('are those that sorting all of them at once finds', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 9 })),
        fc.integer({ min: 1, max: 5 }),
        (values, most) => {
          const best = values
            .map((value, i) => ({ epoch: i + 1, value }))
            .sort((a, b) => b.value - a.value || a.epoch - b.epoch)
            .slice(0, most);
          expect(new Set(keptOf(values, most, 'higher'))).toEqual(new Set(best));
        },
      ),
      { seed: 1, numRuns: 100 },
    );
  });
});

describe('a training that keeps epochs', () => {
  beforeAll(openReference);
  const config = { epochs: 5, ema: 0.9 };
  const checkpoint = { keep: 2, best: 'val_loss' } as const;
  const saved = (events: readonly TrainEvent[]) =>
    eventsOf(events, 'checkpoint').map(({ name, state: { progress } }) => [name, progress.epoch]);

  it('saves them before the state that names them', async () => {
    const { events, outcome } = await runTiny({ config, checkpoint });
    const { kept } = outcome.progress;
    expect(kept).toHaveLength(2);
    for (const { epoch } of kept!) {
      const names = saved(events).filter(([, at]) => at === epoch);
      expect(names.at(-2)).toEqual([`epoch-${epoch}`, epoch]);
      expect(names.at(-1)).toEqual(['last', epoch]);
    }
    for (const { name, state } of eventsOf(events, 'checkpoint').filter(({ name }) => /^epoch/.test(name))) {
      const { epoch } = state.progress;
      expect(name).toBe(`epoch-${epoch}`);
      expect(state.progress.kept!.at(-1)!.epoch).toBe(epoch);
    }
  });

  it('has nothing of it in its state without', async () => {
    const { outcome, events } = await runTiny({ config: { epochs: 1 } });
    expect(outcome.progress).not.toHaveProperty('kept');
    expect(saved(events).map(([name]) => name)).toEqual(['best', 'last']);
  });

  it('keeps the same ones when it was stopped', async () => {
    const straight = await runTiny({ config, checkpoint });
    const stateOf = (events: readonly TrainEvent[], name: string) =>
      eventsOf(events, 'checkpoint').findLast((event) => event.name === name)!.state;
    for (const k of [1, 4, 6, 11, 14]) {
      const first = await runTiny({
        ...{ config, checkpoint },
        onEvent: (event, stop) => {
          if (event.type === 'step' && event.step === k) stop.abort();
        },
      });
      const second = await runTiny({
        ...{ config, checkpoint },
        ...{ resume: lastState(first.events), modelSeed: 99 },
      });
      expect(second.outcome).toEqual(straight.outcome);
      for (const { epoch } of straight.outcome.progress.kept!) {
        const bits = bitsOf(stateOf([...first.events, ...second.events], `epoch-${epoch}`));
        expect(bits).toEqual(bitsOf(stateOf(straight.events, `epoch-${epoch}`)));
      }
    }
  });
});

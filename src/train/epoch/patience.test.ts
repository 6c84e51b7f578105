import { describe, expect, it } from 'vitest';
import { eventsOf, lastState, runTiny, rowsOf, bitsOf } from '../testing.js';
import { beforeAll } from 'vitest';
import { openReference } from '../../engine/testing.js';
import { nextPatience, PATIENCE_START } from './patience.js';

/** After how many epochs `patience` of them were no better, as the callback of Keras counts them. */
function waits(values: readonly number[], minDelta: number, better: 'higher' | 'lower'): number[] {
  let state = PATIENCE_START;
  return values.map((value) => (state = nextPatience({ minDelta }, state, value, { better })).badEpochs);
}

describe('patience counts epochs without a better value', () => {
  it('from the first one on, which is better than nothing', () => {
    expect(waits([0.5, 0.5, 0.4, 0.6, 0.6], 0, 'higher')).toEqual([0, 1, 2, 0, 1]);
    expect(waits([0.5, 0.5, 0.6, 0.4, 0.4], 0, 'lower')).toEqual([0, 1, 2, 0, 1]);
  });

  it('that is better by more than minDelta, from the last that was', () => {
    // 0.6 is not 0.25 above 0.5, and 0.75 is not more than that; the best stays 0.5.
    expect(waits([0.5, 0.6, 0.75, 0.875, 0.9], 0.25, 'higher')).toEqual([0, 1, 2, 0, 1]);
    expect(waits([1, 0.9, 0.75, 0.5, 0.4], 0.25, 'lower')).toEqual([0, 1, 2, 0, 1]);
  });

  it('a value that is not finite is none, also as the first', () => {
    expect(waits([NaN, Infinity, 0.5, NaN], 0, 'higher')).toEqual([1, 2, 0, 1]);
  });
});

describe('training ends when its patience does', () => {
  beforeAll(openReference);
  /** Nothing is ever better by that. */
  const config = { epochs: 9, until: { patience: 2, minDelta: 5 } };

  it('and says so', async () => {
    const { events, outcome } = await runTiny({ config });
    expect(outcome).toMatchObject({ kind: 'early-stop', progress: { epoch: 3, step: 9 } });
    expect(rowsOf(events)).toHaveLength(3);
    expect(lastState(events).progress.patience!.badEpochs).toBe(2);
  });

  it('not before, and without it there is no count of it', async () => {
    const longer = await runTiny({ config: { ...config, epochs: 2 } });
    expect(longer.outcome.kind).toBe('done');
    const { outcome } = await runTiny({ config: { epochs: 2 } });
    expect(outcome.progress).not.toHaveProperty('patience');
  });

  it('a run that was stopped ends like one that was not', async () => {
    const straight = await runTiny({ config });
    for (let k = 1; k <= 9; k++) {
      const first = await runTiny({
        config,
        onEvent: (event, stop) => {
          if (event.type === 'step' && event.step === k) stop.abort();
        },
      });
      expect(first.outcome.kind).toBe('interrupted');
      const second = await runTiny({ config, resume: lastState(first.events), modelSeed: 9 });
      expect(second.outcome, `stopped after step ${k}`).toEqual(straight.outcome);
      expect(bitsOf(lastState(second.events))).toEqual(bitsOf(lastState(straight.events)));
    }
  });

  it('a run that has ended does not go on', async () => {
    const straight = await runTiny({ config });
    const again = await runTiny({ config, resume: lastState(straight.events) });
    expect(again.outcome).toEqual(straight.outcome);
    expect(eventsOf(again.events, 'step')).toEqual([]);
  });
});

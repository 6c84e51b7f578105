import { beforeAll, describe, expect, it } from 'vitest';
import { openReference } from '../../engine/testing.js';
import type { TrainEvent } from '../events.js';
import { bitsOf, eventsOf, lastState, runTiny } from '../testing.js';

beforeAll(openReference);

describe('weights beside their moving average', () => {
  const raw = { config: { ema: 0.9 }, options: { validateRaw: true } };
  const results = (events: readonly TrainEvent[]) => eventsOf(events, 'epoch').map(({ result }) => result);
  const measured = (events: readonly TrainEvent[]) =>
    results(events).map(({ train, val, valRaw }) => ({ train, val, valRaw }));

  it('are validated as they would be without it, and change nothing', async () => {
    const both = await runTiny(raw);
    const average = await runTiny({ config: { ema: 0.9 } });
    const without = await runTiny({ config: { ema: null } });
    expect(results(both.events).map(({ valRaw }) => valRaw)).toEqual(
      results(without.events).map(({ val }) => val),
    );
    expect(results(both.events).map(({ val }) => val)).toEqual(results(average.events).map(({ val }) => val));
    expect(results(both.events)[0]!.valRaw).not.toEqual(results(both.events)[0]!.val);
    expect(bitsOf(lastState(both.events))).toEqual(bitsOf(lastState(average.events)));
    expect(both.outcome).toEqual(average.outcome);
    for (const { events } of [average, without])
      for (const result of results(events)) expect(result).not.toHaveProperty('valRaw');
  });

  it('a run that was stopped while either was validated ends like one that was not', async () => {
    const straight = await runTiny(raw);
    // Two batches of each: the second stop is in the other half.
    for (const k of [1, 3, 6]) {
      let count = 0;
      const first = await runTiny({
        ...raw,
        onEvent: (event, stop) => {
          if (event.type === 'validation' && ++count === k) stop.abort();
        },
      });
      expect(first.outcome.kind).toBe('interrupted');
      const second = await runTiny({ ...raw, resume: lastState(first.events), modelSeed: 99 });
      expect(bitsOf(lastState(second.events))).toEqual(bitsOf(lastState(straight.events)));
      expect(measured([...first.events, ...second.events])).toEqual(measured(straight.events));
    }
  });
});

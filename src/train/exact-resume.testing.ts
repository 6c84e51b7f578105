import { expect } from 'vitest';
import type { StepEngine } from '../engine/engine.js';
import type { TrainEvent } from './events.js';
import { bitsOf, lastState, rowsOf, runTiny, type TinyRun } from './testing.js';

/** A training stopped after a step, wherever in an epoch, and resumed ends like `straight`, the one never stopped. */
export async function expectExactResume(
  engine: StepEngine,
  run: Pick<TinyRun, 'config' | 'dropout'>,
  straight: readonly TrainEvent[],
): Promise<void> {
  const bits = bitsOf(lastState(straight));
  for (const k of [2, 3, 7]) {
    const first = await runTiny({
      ...{ engine, ...run },
      onEvent: (event, stop) => {
        if (event.type === 'step' && event.step === k) stop.abort();
      },
    });
    const second = await runTiny({ engine, ...run, resume: lastState(first.events), modelSeed: 99 });
    expect(bitsOf(lastState(second.events)), `stopped after step ${k}`).toEqual(bits);
    expect(rowsOf([...first.events, ...second.events])).toEqual(rowsOf(straight));
  }
}

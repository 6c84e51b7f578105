import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../engine/engine.js';
import { memory, removeBackend } from '../engine/tf.js';
import { bitsOf, lastState, rowsOf, runTiny, tinyModel } from './testing.js';

beforeAll(async () => {
  await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
});
afterAll(() => removeBackend('involve-wasm'));

const config = { ema: 0.9 };

describe('training on the wasm engine', () => {
  it('repeats itself bit for bit, stopped or not', async () => {
    const straight = await runTiny({ config });
    const bits = bitsOf(lastState(straight.events));
    expect(bitsOf(lastState((await runTiny({ config })).events))).toEqual(bits);
    for (const k of [2, 3, 7]) {
      const first = await runTiny({
        config,
        onEvent: (event, stop) => {
          if (event.type === 'step' && event.step === k) stop.abort();
        },
      });
      const second = await runTiny({ config, resume: lastState(first.events), modelSeed: 99 });
      expect(bitsOf(lastState(second.events)), `stopped after step ${k}`).toEqual(bits);
      expect(rowsOf([...first.events, ...second.events])).toEqual(rowsOf(straight.events));
    }
  });

  it('keeps no tensor', async () => {
    const model = tinyModel();
    const before = memory().numTensors;
    const counts = new Set<number>();
    await runTiny({
      config,
      options: { model },
      onEvent: (event) => {
        if (event.type === 'step' && event.step > 1) counts.add(memory().numTensors);
      },
    });
    expect(counts.size).toBe(1);
    expect(memory().numTensors).toBe(before);
  });
});

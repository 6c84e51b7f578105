import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type Engine } from '../engine/engine.js';
import { memory, removeBackend } from '../engine/tf.js';
import { expectExactResume } from './exact-resume.testing.js';
import { bitsOf, EAGER, lastState, runTiny, tinyModel, tinyStream } from './testing.js';

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
  engine.use();
});
afterAll(() => removeBackend('involve-wasm'));

const config = { ema: 0.9 };

describe('training on the wasm engine', () => {
  it('repeats itself bit for bit, stopped or not', async () => {
    const straight = await runTiny({ engine, config });
    const bits = bitsOf(lastState(straight.events));
    expect(bitsOf(lastState((await runTiny({ engine, config })).events))).toEqual(bits);
    await expectExactResume(engine, { config }, straight.events);
  });

  it('records a step for each size of images, which then computes what it does at once', async () => {
    const sizes = [{ size: 4, until: 4 }];
    const plans: number[] = [];
    const replayed = await runTiny({
      ...{ engine, config },
      options: { train: tinyStream(10, 4, { sizes }) },
      onEvent: (event) => {
        if (event.type === 'plan') plans.push(event.batch);
      },
    });
    // Batches of 4, 4, 2 small images, one of 4 more, then large ones: 4, 2, and all is recorded.
    expect(plans).toEqual([4, 2, 4, 2]);
    const eager = await runTiny({
      ...{ engine: EAGER, config },
      options: { train: tinyStream(10, 4, { sizes }) },
    });
    expect(bitsOf(lastState(replayed.events))).toEqual(bitsOf(lastState(eager.events)));
  });

  it('keeps no tensor', async () => {
    const model = tinyModel();
    const before = memory().numTensors;
    const counts = new Set<number>();
    await runTiny({
      engine,
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

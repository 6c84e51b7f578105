import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, type Engine } from '../engine/engine.js';
import { openReference } from '../engine/testing.js';
import * as tf from '../engine/tf.js';
import { compute, expectAlike, SMALL_NETWORKS } from './engines.testing.js';

const REFERENCE = 'cpu';
const WASM = 'involve-wasm';

let engine: Engine;
beforeAll(async () => {
  await openReference();
  engine = await openEngine({ name: 'wasm', device: 'cpu', threads: 2 });
});
afterAll(() => tf.removeBackend(WASM));

describe('the wasm engine computes what the reference computes, on small networks, batch 2', () => {
  it.each(SMALL_NETWORKS)('%s', async (_, designed, tolerance) => {
    const reference = await compute(REFERENCE, designed);
    const before = new Map(engine.fallbacks());
    const wasm = await compute(WASM, designed);
    expect(new Map(engine.fallbacks()), 'what ran on tf.js’s plain CPU code').toEqual(before);
    expectAlike(wasm, reference, tolerance);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import type { TrainConfig } from '../config/schema.js';
import { canReplay, type ExecutionMode } from '../engine/record.js';
import { NO_TENSORFLOW, openTestTensorflow } from '../engine/tensorflow/testing.js';
import { ADAMW, bitsOf, eventsOf, lastState, RMSPROP, rowsOf, runTiny, SGD } from './testing.js';

async function inMode<T>(mode: ExecutionMode, work: () => T | Promise<T>): Promise<T> {
  await openTestTensorflow(mode);
  expect(canReplay()).toBe(mode === 'replay');
  return await work();
}

describe.skipIf(NO_TENSORFLOW)('replay on TensorFlow', () => {
  beforeAll(async () => void (await openTestTensorflow('replay')), 120_000);
  const variants: Record<string, Partial<TrainConfig>> = {
    adamw: { optimizer: ADAMW },
    'adam with the average of the weights': { optimizer: { ...ADAMW, name: 'adam' }, ema: 0.9 },
    sgd: { optimizer: SGD, ema: 0.5 },
    'sgd without clipping': { optimizer: { ...SGD, nesterov: false }, clipNorm: null },
    rmsprop: { optimizer: RMSPROP, clipNorm: 0.1 },
  };
  it.each(Object.keys(variants))('gives the bits of eager execution: %s', async (name) => {
    const config = variants[name];
    const eager = await inMode('eager', () => runTiny({ config }));
    const replayed = await inMode('replay', () => runTiny({ config }));
    expect(rowsOf(replayed.events)).toEqual(rowsOf(eager.events));
    expect(bitsOf(lastState(replayed.events))).toEqual(bitsOf(lastState(eager.events)));
    expect(eventsOf(replayed.events, 'step')).toHaveLength(12);
  });
});

import { beforeAll, expect, it } from 'vitest';
import type { ScheduleConfig } from './schedule-options.js';
import type { TrainConfig } from './options.js';
import { openReference } from '../engine/testing.js';
import { sampleSteps, scheduleCurve } from './schedule-curve.js';
import { ADAMW, eventsOf, runTiny } from './testing.js';

beforeAll(openReference);

const base: TrainConfig = {
  ...{ seed: 5, batchSize: 4, epochs: 4, steps: null, until: 'end', optimizer: ADAMW },
  schedule: { name: 'constant', warmUp: null },
  ...{ labelSmoothing: 0, clipNorm: null, ema: null },
};

const PLATEAU = {
  ...{ name: 'plateau', factor: 0.5, patience: 2, maxReductions: 2, minimum: 0, warmUp: null },
  // After the first, no epoch is ever better.
  threshold: 0.9999,
} as const;

it.each<[string, Partial<TrainConfig>]>([
  ['cosine', { schedule: { name: 'cosine', minimum: 1e-5, warmUp: { steps: 5 } } }],
  ['cosine in steps', { epochs: null, steps: 8, schedule: { name: 'cosine', minimum: 0, warmUp: null } }],
  ['step', { schedule: { name: 'step', factor: 0.1, at: [{ epochs: 2 }, { steps: 10 }], warmUp: null } }],
  ['plateau', { epochs: 9, schedule: PLATEAU as ScheduleConfig }],
  ['plateau that ends', { epochs: 20, until: 'plateau', schedule: PLATEAU as ScheduleConfig }],
])('%s: the rates of a training, without it', async (_name, changes) => {
  const config = { ...base, ...changes };
  const { events } = await runTiny({ config });
  const rates = eventsOf(events, 'step').map(({ learningRate }) => learningRate);
  const curve = scheduleCurve(config, 3);
  expect(rates.map((_, step) => curve.rate(step))).toEqual(rates);
  expect(curve.highest).toBe(Math.max(...rates));
  expect(curve.totalSteps).toBe(rates.length);
  expect(curve.isEarliest).toBe(config.schedule.name === 'plateau');
});

it('samples the first step, the last, and evenly between', () => {
  expect(sampleSteps(4, 9)).toEqual([0, 1, 2, 3]);
  expect(sampleSteps(101, 5)).toEqual([0, 25, 50, 75, 100]);
});

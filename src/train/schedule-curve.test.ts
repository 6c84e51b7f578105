import { beforeAll, expect, it } from 'vitest';
import { schedule } from './schedule-options.js';
import type { ScheduleConfig } from './schedule-options.js';
import type { TrainConfig } from './options.js';
import { openReference } from '../engine/testing.js';
import { sampleSteps, scheduleCurve } from './schedule-curve.js';
import { ADAMW, eventsOf, runTiny } from './testing.js';

beforeAll(openReference);

const base: TrainConfig = {
  ...{
    seed: 5,
    batchSize: 4,
    accumulate: 1,
    workers: 1,
    epochs: 4,
    steps: null,
    until: 'end',
    optimizer: ADAMW,
  },
  schedule: schedule.parse({ name: 'constant', warmUp: null }),
  ...{ labelSmoothing: 0, progressive: null, clipNorm: null, ema: null },
  batchNormStatistics: 'moving',
  synchronisedBatchNorm: false,
  batchNormImages: 1000,
  batchNormBatch: 200,
};

const PLATEAU = {
  ...{ name: 'plateau', factor: 0.5, patience: 2, maxReductions: 2, minimum: 0, warmUp: null },
  // After the first, no epoch is ever better.
  threshold: 0.9999,
} as const;

it.each<[string, Partial<TrainConfig>]>([
  ['cosine', { schedule: schedule.parse({ name: 'cosine', minimum: 1e-5, warmUp: { steps: 5 } }) }],
  [
    'cosine in steps',
    { epochs: null, steps: 8, schedule: schedule.parse({ name: 'cosine', minimum: 0, warmUp: null }) },
  ],
  [
    'step',
    {
      schedule: schedule.parse({
        name: 'step',
        factor: 0.1,
        at: [{ epochs: 2 }, { steps: 10 }],
        warmUp: null,
      }),
    },
  ],
  [
    'step that falls with the last step of the warm-up',
    {
      schedule: schedule.parse({ name: 'step', factor: 0.1, at: [{ steps: 5 }], warmUp: { steps: 5 } }),
    },
  ],
  ['one-cycle', { schedule: schedule.parse({ name: 'one-cycle', pctStart: 0.4 }) }],
  ['polynomial', { schedule: schedule.parse({ name: 'polynomial', power: 2, warmUp: { steps: 2 } }) }],
  ['inverse-sqrt', { schedule: schedule.parse({ name: 'inverse-sqrt', timescale: { epochs: 1 } }) }],
  [
    'cosine with restarts',
    {
      schedule: schedule.parse({
        name: 'cosine',
        restarts: { first: { epochs: 1 }, decay: 0.5 },
        warmUp: { steps: 2 },
      }),
    },
  ],
  ['plateau', { epochs: 9, schedule: PLATEAU as ScheduleConfig }],
  ['plateau as Keras counts', { epochs: 9, schedule: { ...PLATEAU, counting: 'keras' } as ScheduleConfig }],
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

const LONG: readonly (readonly [string, object])[] = [
  ['one-cycle', { pctStart: 0.4137 }],
  ['one-cycle', { pctStart: 0.01, anneal: 'linear' }],
  ['polynomial', { power: 3, warmUp: { steps: 7 }, warmUpStart: 0.5 }],
  ['inverse-sqrt', { timescale: { epochs: 3 } }],
  ['inverse-sqrt', { warmUp: { epochs: 1.5 } }],
  ['exponential', { warmUp: { steps: 5 }, staircase: false }],
  ['cosine', { restarts: { first: { epochs: 3 }, multiplier: 1.1, decay: 0.9 }, warmUp: { steps: 5 } }],
];

it.each(LONG)('%s: the highest rate is that of a step, %j', (name, options) => {
  const config = { ...base, epochs: 50, schedule: schedule.parse({ name, ...options }) };
  const curve = scheduleCurve(config, 3);
  const rates = Array.from({ length: curve.totalSteps }, (_, step) => curve.rate(step));
  expect(rates).toHaveLength(150);
  expect(curve.highest).toBe(Math.max(...rates));
});

it.each(LONG)('%s: of a billion steps at once, %j', (name, options) => {
  const config = { ...base, epochs: null, steps: 1e9, schedule: schedule.parse({ name, ...options }) };
  const started = performance.now();
  const curve = scheduleCurve(config, 1000);
  const rates = sampleSteps(curve.totalSteps, 1000).map(curve.rate);
  expect(rates.every((rate) => rate >= 0 && rate <= curve.highest)).toBe(true);
  // Step by step it would take minutes.
  expect(performance.now() - started).toBeLessThan(2000);
});

it('samples the first step, the last, and evenly between', () => {
  expect(sampleSteps(4, 9)).toEqual([0, 1, 2, 3]);
  expect(sampleSteps(101, 5)).toEqual([0, 25, 50, 75, 100]);
});

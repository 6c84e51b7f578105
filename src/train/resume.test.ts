import { beforeAll, describe, expect, it } from 'vitest';
import { schedule } from './schedule-options.js';
import type { TrainConfig } from './options.js';
import { openReference } from '../engine/testing.js';
import type { TrainEvent } from './events.js';
import type { TrainingState } from './state.js';
import {
  bitsOf,
  eventsOf,
  lastState,
  RECOMPUTED,
  RMSPROP,
  rowsOf,
  runTiny,
  SGD,
  tinyStream,
  tinyPopulation,
  type TinyResult,
} from './testing.js';

beforeAll(openReference);

/** What must be equal, bit for bit: tensors, progress, and the rows of metrics.csv. */
function remains({ events, outcome }: TinyResult, earlier: readonly TrainEvent[] = []) {
  const state = lastState(events);
  const rows = new Map(rowsOf([...earlier, ...events]).map((row) => [row.epoch, row]));
  return { bits: bitsOf(state), progress: state.progress, rows: [...rows.values()], kind: outcome.kind };
}

/** Stops at the nth event of a type, and goes on in a model with other initial weights. */
async function stopAndResume(
  config: Partial<TrainConfig>,
  isHere: (event: TrainEvent, count: number) => boolean,
): Promise<ReturnType<typeof remains>> {
  const counts = new Map<string, number>();
  const first = await runTiny({
    config,
    onEvent: (event, stop) => {
      const count = (counts.get(event.type) ?? 0) + 1;
      counts.set(event.type, count);
      if (isHere(event, count)) stop.abort();
    },
  });
  expect(first.outcome.kind).toBe('interrupted');
  const second = await runTiny({ config, resume: lastState(first.events), modelSeed: 99 });
  return remains(second, first.events);
}

const CONFIGS: Readonly<Record<string, Partial<TrainConfig>>> = {
  'AdamW, cosine with warm-up, clipped, smoothed, EMA': { ema: 0.9 },
  'two batches a step': { accumulate: 2, ema: 0.9 },
  'EMA that warms up': { ema: { decay: 0.8, warmUp: { gamma: 2, power: 0.7 }, validateRaw: false } },
  'SGD with momentum, plateau': {
    optimizer: SGD,
    schedule: schedule.parse({
      ...{ name: 'plateau', factor: 0.5, patience: 1, threshold: 0.2, maxReductions: 2 },
      ...{ minimum: 0, warmUp: null },
    }),
  },
  'one-cycle, labels smoothed less and less': {
    schedule: schedule.parse({ name: 'one-cycle' }),
    labelSmoothing: { from: 0.3, to: 0 },
  },
  'one-cycle, and its momentum': { schedule: schedule.parse({ name: 'one-cycle', cycleMomentum: true }) },
  'statistics recomputed': RECOMPUTED,
  'statistics recomputed for the EMA': { ...RECOMPUTED, ema: 0.5 },
  'RMSProp, steps': {
    optimizer: RMSPROP,
    schedule: schedule.parse({ name: 'step', factor: 0.1, at: [{ epochs: 1.5 }], warmUp: null }),
  },
};

describe.each(Object.entries(CONFIGS))(
  'a run that was stopped ends like one that was not: %s',
  (_, config) => {
    it('after 2 of 4 epochs', async () => {
      const straight = remains(await runTiny({ config }));
      expect(straight.rows.length).toBe(4);
      expect(await stopAndResume(config, ({ type }, count) => type === 'epoch' && count === 2)).toEqual(
        straight,
      );
    });

    it('after any step', async () => {
      const straight = remains(await runTiny({ config }));
      const steps = 4 * Math.ceil(3 / (config.accumulate ?? 1));
      for (let k = 1; k < steps; k++) {
        const resumed = await stopAndResume(config, ({ type }, count) => type === 'step' && count === k);
        expect(resumed, `stopped after step ${k}`).toEqual(straight);
      }
    });

    it('within validation', async () => {
      const straight = remains(await runTiny({ config }));
      for (const k of [1, 3, 7]) {
        const resumed = await stopAndResume(
          config,
          ({ type }, count) => type === 'validation' && count === k,
        );
        expect(resumed, `stopped after validation batch ${k}`).toEqual(straight);
      }
    });
  },
);

it('a run whose dropout grows ends the same when it was stopped after any step', async () => {
  const dropout = { from: 0, to: 0.6 };
  const straight = remains(await runTiny({ dropout }));
  expect(straight.bits).not.toEqual(remains(await runTiny({ dropout: 0.6 })).bits);
  for (let k = 1; k <= 11; k++) {
    const first = await runTiny({
      dropout,
      onEvent: (event, stop) => {
        if (event.type === 'step' && event.step === k) stop.abort();
      },
    });
    const second = await runTiny({ dropout, resume: lastState(first.events), modelSeed: 99 });
    expect(remains(second, first.events), `stopped after step ${k}`).toEqual(straight);
  }
});

it('a run whose images grow ends the same when it was stopped, also just where they do', async () => {
  const sizes = [
    { size: 4, until: 2 },
    { size: 5, until: 5 },
  ];
  const options = { train: tinyStream(10, 4, { sizes }) };
  const straight = remains(await runTiny({ options }));
  expect(straight.bits).not.toEqual(remains(await runTiny({})).bits);
  for (let k = 1; k <= 7; k++) {
    const first = await runTiny({
      options,
      onEvent: (event, stop) => {
        if (event.type === 'step' && event.step === k) stop.abort();
      },
    });
    const second = await runTiny({ options, resume: lastState(first.events), modelSeed: 99 });
    expect(remains(second, first.events), `stopped after step ${k}`).toEqual(straight);
  }
});

it('a run that is killed goes on from any checkpoint, within an epoch or at its end', async () => {
  const config = { ema: 0.9 };
  const checkpoint = { every: { steps: 2 } };
  const run = await runTiny({ config, checkpoint });
  const straight = remains(run);
  const saved = eventsOf(run.events, 'checkpoint').filter(({ name }) => name === 'last');
  expect(saved.map(({ state }) => state.progress.step)).toEqual([2, 4, 6, 8, 10, 12]);
  for (const { state } of saved) {
    const resumed = await runTiny({ config, checkpoint, resume: state, modelSeed: 99 });
    // Rows up to the checkpoint are those that stay in metrics.csv.
    const before = run.events.filter(
      (event) => event.type === 'epoch' && event.result.step <= state.progress.step,
    );
    if (state.progress.step === 12) {
      expect(resumed.outcome).toEqual({ kind: 'done', progress: state.progress });
      expect(resumed.events).toEqual([]);
    } else {
      expect(remains(resumed, before)).toEqual(straight);
    }
  }
});

it.each([null, 0.5])(
  'a run that is stopped between measuring statistics and validating ends the same, EMA %s',
  async (ema) => {
    const config = { ...RECOMPUTED, ema };
    const straight = remains(await runTiny({ config }));
    for (const stopAt of [1, 2, 3, 4, 5]) {
      const source = tinyPopulation(config).source;
      const stop = new AbortController();
      let batches = 0;
      const first = await runTiny({
        config,
        options: {
          signal: stop.signal,
          population: {
            ...tinyPopulation(config),
            source: {
              ...source,
              // Two an epoch: an even count is the last before validation.
              batch: (epoch, index) => {
                if (++batches === stopAt) stop.abort();
                return source.batch(epoch, index);
              },
            },
          },
        },
      });
      expect(first.outcome.kind).toBe('interrupted');
      const second = await runTiny({ config, resume: lastState(first.events), modelSeed: 99 });
      expect(remains(second, first.events), `stopped at batch ${stopAt}`).toEqual(straight);
    }
  },
);

it('a run that is stopped twice ends the same', async () => {
  const straight = remains(await runTiny({}));
  let resume: TrainingState | undefined;
  const events: TrainEvent[] = [];
  for (const stopAfter of [2, 5, undefined]) {
    let steps = 0;
    const run = await runTiny({
      resume,
      onEvent: ({ type }, stop) => {
        if (type === 'step' && ++steps === stopAfter) stop.abort();
      },
    });
    resume = lastState(run.events);
    events.push(...run.events);
  }
  expect(bitsOf(resume!)).toEqual(straight.bits);
  expect(rowsOf(events)).toEqual(straight.rows);
});

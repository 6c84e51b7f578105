import { expect, it } from 'vitest';
import type { StepEngine } from '../../engine/engine.js';
import { expectClose } from '../../engine/testing.js';
import type { LayersModel } from '../../engine/tf.js';
import type { LabelledBatch } from '../../tasks/classification/meters.js';
import { partOf, type Share } from '../../data/stream/share.js';
import type { TrainSource } from '../batch-source.js';
import type { TrainConfig } from '../options.js';
import { optimizer as optimizerOptions, optimizerNames } from '../optimizer-options.js';
import { independentModel, type InMode } from '../replay.testing.js';
import {
  bitsOf,
  lastState,
  RECOMPUTED,
  rowsOf,
  runTiny,
  tinyModel,
  tinyStream,
  type TinyResult,
  type TinyRun,
} from '../testing.js';
import { exchangesInMemory } from './exchange.testing.js';

/** A worker's share of each batch of a stream. */
export function shareOfStream(stream: TrainSource<LabelledBatch>, share: Share): TrainSource<LabelledBatch> {
  return {
    ...stream,
    async batch(epoch, index) {
      const { images, labels, count, waitedMs } = await stream.batch(epoch, index);
      const { from, to } = partOf(count, share);
      const pixels = images.length / count;
      const own = { images: images.subarray(from * pixels, to * pixels), labels: labels.subarray(from, to) };
      return { ...own, count: to - from, waitedMs };
    },
  };
}

export interface WorkersRun extends TinyRun {
  readonly build?: (seed?: number) => LayersModel;
  /** Of each worker beside what all have. */
  readonly each?: (rank: number) => Partial<TinyRun>;
}

/** The tiny training on several workers, all of them in this process; 3 steps an epoch, of 4, 4 and 2 images. */
export function runWorkers(
  of: number,
  { build = tinyModel, each, ...run }: WorkersRun,
): Promise<TinyResult[]> {
  return Promise.all(
    exchangesInMemory(of).map((exchange) => {
      const own = { ...run, ...each?.(exchange.rank) };
      const train = shareOfStream(own.options?.train ?? tinyStream(10, 4), exchange);
      const model = build(own.modelSeed);
      return runTiny({ ...own, options: { model, ...own.options, exchange, train } });
    }),
  );
}

/** Tests, for an engine's `describe`, that several workers do what one does. */
export function itSharesSteps(inMode: InMode): void {
  const weightsOf = (model: LayersModel): number[] =>
    model.getWeights().flatMap((weight) => [...weight.dataSync()]);

  it.each([
    ...optimizerNames.map((name): [string, Partial<TrainConfig>] => [
      name,
      { optimizer: optimizerOptions.parse({ name }), clipNorm: 0.5 },
    ]),
    ['batches that are accumulated', { accumulate: 2, ema: 0.9 }],
    ['an average that warms up', { ema: { decay: 0.9, warmUp: true, validateRaw: false } }],
  ])('three workers end where one does, within rounding: %s', (_, more) =>
    inMode('replay', async (engine) => {
      const config = { epochs: 2, clipNorm: null, ...more };
      const one = await runTiny({ engine, config, options: { model: independentModel() } });
      const all = await runWorkers(3, { engine, config, build: independentModel });
      const [first] = all;
      expectClose(weightsOf(first!.model), weightsOf(one.model), 2e-4);
      const curve = ({ events }: TinyResult): number[] =>
        rowsOf(events).flatMap((row) => [
          row.trainLoss,
          row.valLoss!,
          row.trainTop1,
          row.valTop1,
          row.valTop5,
        ]);
      expectClose(curve(first!), curve(one), 2e-4);
      for (const { model } of all) expect(weightsOf(model)).toEqual(weightsOf(first!.model));
    }),
  );

  const variants: Record<string, Partial<TrainConfig>> = {
    'the defaults': {},
    'the average of the weights': { ema: 0.9 },
    'statistics that are measured': { ...RECOMPUTED, ema: 0.5 },
    'batches that are accumulated': { accumulate: 2 },
  };

  it.each(Object.keys(variants))(
    'repeat themselves bit for bit, replayed as computed at once: %s',
    async (name) => {
      const config = variants[name];
      const bitsIn = (mode: 'eager' | 'replay'): Promise<unknown> =>
        inMode(mode, async (engine) => {
          const [first] = await runWorkers(2, { engine, config });
          return { bits: bitsOf(lastState(first!.events)), rows: rowsOf(first!.events) };
        });
      const replayed = await bitsIn('replay');
      expect(await bitsIn('replay')).toEqual(replayed);
      expect(await bitsIn('eager')).toEqual(replayed);
    },
  );

  it.each(Object.keys(variants))(
    'stopped by any of them and resumed, end as if they had never stopped: %s',
    (name) =>
      inMode('replay', async (engine) => {
        const config = { epochs: 2, ...variants[name] };
        const straight = (await runWorkers(3, { engine, config }))[0]!.events;
        // After step 2 the next batch has two images, and a worker that has just begun has none of them.
        for (const [step, rank] of [
          [2, 1],
          [3, 0],
          [4, 2],
        ] as const) {
          const stopping: WorkersRun = {
            ...{ engine, config },
            each: (worker) =>
              worker !== rank
                ? {}
                : {
                    onEvent: (event, stop) => {
                      if (event.type === 'step' && event.step === Math.ceil(step / (config.accumulate ?? 1)))
                        stop.abort();
                    },
                  },
          };
          const stopped = await runWorkers(3, stopping);
          expect(stopped.map(({ outcome }) => outcome.kind)).toEqual(Array(3).fill('interrupted'));
          const resume = lastState(stopped[0]!.events);
          const resumed = await runWorkers(3, { engine, config, resume, modelSeed: 99 });
          const events = resumed[0]!.events;
          expect(bitsOf(lastState(events))).toEqual(bitsOf(lastState(straight)));
          expect(rowsOf([...stopped[0]!.events, ...events])).toEqual(rowsOf(straight));
        }
      }),
  );
}

/** @returns an engine whose programs wait for each other, as those of workers in one process have to */
export function oneAtATime(engine: StepEngine): StepEngine {
  let before: Promise<unknown> = Promise.resolve();
  return {
    mode: engine.mode,
    record: (spec) => {
      const program = engine.record(spec);
      return {
        plan: program.plan,
        run: (values) => {
          const done = before.then(() => program.run(values));
          before = done.catch(() => undefined);
          return done;
        },
        dispose: () => program.dispose(),
      };
    },
  };
}

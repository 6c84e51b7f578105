import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SHIPPED_ROOT } from '../../config/testing.js';
import { runPaths } from '../../runs/run-paths.js';
import type { TrainEvent } from '../../train/events.js';
import type { Interruption } from '../../util/interruption.js';
import { openBatchStream } from '../../data/stream/open-batch-stream.js';
import { loadConfig } from '../load-config.js';
import { trainRun, type RunListener } from './train-run.js';

vi.mock('../../data/stream/open-batch-stream.js', async (original) => {
  const real = await original<{ openBatchStream: typeof openBatchStream }>();
  return { ...real, openBatchStream: vi.fn(real.openBatchStream) };
});

let cwd: string;
beforeAll(async () => {
  cwd = mkdtempSync(join(tmpdir(), 'involve-decoded-'));
  vi.stubEnv('INVOLVE_CACHE_DIR', join(cwd, 'cache'));
  for (const split of ['train', 'test']) {
    for (const [c, name] of ['a', 'b'].entries()) {
      mkdirSync(join(cwd, 'images', split, name), { recursive: true });
      for (let i = 0; i < 6; i++) {
        const [width, height] = [50 + 7 * i, 44 + 9 * c];
        const pixels = Uint8Array.from(
          { length: width * height * 3 },
          (_, p) => (p * (3 + i) + 90 * c) % 256,
        );
        const image = sharp(pixels, { raw: { width, height, channels: 3 } });
        await image.toFile(join(cwd, 'images', split, name, `${i}.${i % 2 === 0 ? 'png' : 'jpg'}`));
      }
    }
  }
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(cwd, { recursive: true });
});

/** Stops a run after a step. */
class Listener implements RunListener {
  readonly notes: string[] = [];
  readonly #controller = new AbortController();
  readonly interruption: Interruption = {
    signal: this.#controller.signal,
    name: 'SIGINT',
    exitCode: 130,
    end: () => undefined,
  };

  constructor(private readonly stopAt: number | null) {}

  note(text: string): void {
    this.notes.push(text);
  }

  dataProgress(): void {}

  begin(): void {}

  show(event: TrainEvent): void {
    if (event.type === 'step' && event.step === this.stopAt) this.#controller.abort();
  }
}

function start(name: string, listener: Listener, more: readonly string[], resume = false) {
  const set = [
    ...['data.name=image-folder', `data.dir=${join(cwd, 'images')}`],
    ...['data.validation=0.34', 'data.resize=crop', 'train.epochs=2', 'train.batchSize=3'],
    ...['augment.randomResizedCrop={}', 'augment.flip=true', 'train.schedule.warmUp=null'],
    ...['data.limit={train: null, validation: null, test: null}', ...more],
  ];
  const options = { set, engine: 'wasm', threads: 1, input: 32 } as const;
  const experiment = loadConfig('quickstart.json', options, SHIPPED_ROOT);
  const { interruption } = listener;
  return trainRun(experiment, {
    cwd,
    dir: join(cwd, name),
    shown: name,
    flags: { resume },
    listener,
    interruption,
  });
}

/** The last weights with all that goes on with them, and the columns that are no times. */
function ended(name: string): { checkpoint: Buffer; rows: string[] } {
  const paths = runPaths(join(cwd, name));
  const rows = readFileSync(join(cwd, name, 'metrics.csv'), 'utf8')
    .trim()
    .split('\n');
  const [header] = rows;
  const upTo = header!.split(',').indexOf('images_per_second');
  return {
    checkpoint: readFileSync(paths.checkpoint('last')),
    rows: rows.map((row) => row.split(',').slice(0, upTo).join()),
  };
}

it('a run on decoded images that is stopped and resumed ends as if it never was, whatever is kept meanwhile', async () => {
  const straight = new Listener(null);
  expect(await start('straight', straight, ['data.cache=none'])).toMatchObject({ kind: 'done' });
  const expected = ended('straight');
  expect(expected.rows).toHaveLength(3);
  for (const [stopAt, before, after] of [
    [1, ['data.cache=none'], ['data.cache=whole', 'data.workers=2']],
    [4, ['data.cache=1', 'data.workers=3'], ['data.cache=none']],
  ] as const) {
    const name = `stopped-${stopAt}`;
    expect(await start(name, new Listener(stopAt), before)).toEqual({ kind: 'interrupted', begun: true });
    expect(await start(name, new Listener(null), after, true)).toMatchObject({ kind: 'done' });
    const { checkpoint, rows } = ended(name);
    expect(rows).toEqual(expected.rows);
    expect(checkpoint.equals(expected.checkpoint)).toBe(true);
  }
});

it('makes the batches of all streams, those that statistics are measured on too, in as many threads as are asked for', async () => {
  const streams = vi.mocked(openBatchStream);
  streams.mockClear();
  const more = ['data.workers=3', 'train.batchNormStatistics=recomputed', 'train.epochs=1'];
  expect(await start('threads', new Listener(null), more)).toMatchObject({ kind: 'done' });
  expect(streams.mock.calls.map(([, { workers }]) => workers)).toEqual([3, 3, 3]);
});
